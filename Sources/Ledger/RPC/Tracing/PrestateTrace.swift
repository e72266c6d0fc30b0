/// What a transaction found of the state, and what it made of it, as geth's `prestateTracer` shows it.
struct PrestateTrace: Sendable, Equatable {
    /// Whether only changes are shown, before and after (`diffMode`).
    var showsDifference = false
    var hasCode = true
    var hasStorage = true

    /// The trace of a transaction that has met these accounts.
    func answer(_ accounts: [TouchedAccount]) -> JSONValue {
        let accounts = accounts.sorted { $0.address < $1.address }
        guard showsDifference else {
            var object = JSONObject()
            // An account that came to be was not there to be found.
            for account in accounts where account.before != nil || account.after == nil {
                object.append(Self.name(account.address), found(account))
            }
            return .object(object)
        }
        var (before, after) = (JSONObject(), JSONObject())
        for account in accounts where Self.isChanged(account) {
            let name = Self.name(account.address)
            if account.before != nil { before.append(name, old(account)) }
            if account.after != nil { after.append(name, new(account)) }
        }
        return .members(["post": .object(after), "pre": .object(before)])
    }

    private static func name(_ address: Address) -> String { Hexadecimal.data(address.bytes) }

    private static func isChanged(_ account: TouchedAccount) -> Bool {
        account.before != account.after || account.slots.contains { $0.before != $0.after }
    }

    private func found(_ account: TouchedAccount) -> JSONValue {
        var object = fields(account.before ?? Account(), code: account.codeBefore)
        append(account.slots.map { ($0.key, $0.before) }, to: &object)
        return .object(object)
    }

    /// Before, with those slots alone that changed and were not zero.
    private func old(_ account: TouchedAccount) -> JSONValue {
        var object = fields(account.before ?? Account(), code: account.codeBefore)
        let slots = account.slots.filter { $0.before != $0.after && !$0.before.isZero }
        append(slots.map { ($0.key, $0.before) }, to: &object)
        return .object(object)
    }

    /// After, what is different alone; slots that became zero are not there.
    private func new(_ account: TouchedAccount) -> JSONValue {
        var object = JSONObject()
        let (before, after) = (account.before ?? Account(), account.after ?? Account())
        if after.balance != before.balance {
            object.append("balance", .quantity(after.balance))
        }
        if hasCode, after.codeHash != before.codeHash {
            object.append("code", .data(account.codeAfter))
        }
        if after.nonce != before.nonce { object.append("nonce", .integer(after.nonce)) }
        let slots = account.slots.filter { $0.before != $0.after && !$0.after.isZero }
        append(slots.map { ($0.key, $0.after) }, to: &object)
        return .object(object)
    }

    private func fields(_ account: Account, code: [UInt8]) -> JSONObject {
        var object = JSONObject()
        object.append("balance", .quantity(account.balance))
        if hasCode, !code.isEmpty { object.append("code", .data(code)) }
        if account.nonce > 0 { object.append("nonce", .integer(account.nonce)) }
        return object
    }

    private func append(_ slots: [(key: UInt256, value: UInt256)], to object: inout JSONObject) {
        guard hasStorage, !slots.isEmpty else { return }
        var storage = JSONObject()
        for (key, value) in slots.sorted(by: { $0.key < $1.key }) {
            storage.append(Hexadecimal.data(key.bytes), .word(value))
        }
        object.append("storage", .object(storage))
    }
}
