/// An account that a transaction has looked at or changed, before and after.
struct TouchedAccount: Sendable {
    /// A slot that was looked at or changed.
    struct Slot: Sendable {
        var key: UInt256
        var before: UInt256
        var after: UInt256
    }

    var address: Address
    /// `nil` if it did not exist.
    var before: Account?
    /// `nil` if it does not exist any more.
    var after: Account?
    var codeBefore: [UInt8]
    var codeAfter: [UInt8]
    /// In the order in which they were met.
    var slots: [Slot]
}

extension StateJournal {
    /// All accounts that have been met, in that order. The journal can be used on.
    mutating func touched() -> [TouchedAccount] {
        var touched: [TouchedAccount] = []
        touched.reserveCapacity(accounts.count)
        for account in accounts {
            let isGone = account.isDestroyed || account.isDead
            let before = account.before.map { source.code($0.codeHash).bytes } ?? []
            let after =
                account.newCode ?? (account.before?.codeHash == account.codeHash ? before : [])
            touched.append(
                TouchedAccount(
                    address: account.address, before: account.before,
                    after: isGone
                        ? nil
                        : Account(
                            nonce: account.nonce, balance: account.balance,
                            codeHash: account.codeHash),
                    codeBefore: before, codeAfter: isGone ? [] : after,
                    slots: account.slots.map {
                        TouchedAccount.Slot(
                            key: $0.key, before: $0.original, after: isGone ? .zero : $0.current)
                    }))
        }
        return touched
    }
}
