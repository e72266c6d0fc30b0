import ArgumentParser
import Ledger

/// `psic-node ledger proof`.
struct LedgerProofCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof", abstract: "Prove an account and slots by a block's state root.",
        discussion: """
            The proof is checked here, against the state root in the block's header: what the server \
            says of the account counts only if it holds. Whether the block is the right one is for \
            you to know: --root takes a state root that you trust instead.
            """)

    @Argument(help: "The account.")
    var address: String

    @Argument(help: "Storage slots.")
    var slots: [String] = []

    @Option(help: "As of this block. Default: latest.")
    var block = "latest"

    @Option(help: "The state root that is trusted. Default: the block's.")
    var root: String?

    @OptionGroup var global: GlobalOptions
    @OptionGroup var options: RPCOptions

    func run() async throws {
        let session = try Session(global)
        let client = try options.client(session)
        let account = try RPCArgument.address(address)
        let id = try RPCArgument.block(block)
        let isHash = id.text?.utf8.count == 66
        let found = try await client.call(
            isHash ? "eth_getBlockByHash" : "eth_getBlockByNumber", [id, false])
        guard let number = found["number"], let stated = found["stateRoot"]?.text else {
            throw CommandError(.failure, "there is no block \(block)")
        }
        guard let trusted = Hash32(root ?? stated) else {
            throw CommandError(.usage, "\"\(root ?? stated)\" is no state root")
        }
        let keys = try slots.map { JSONValue.word(try RPCArgument.number($0)) }
        let answer = try await client.call("eth_getProof", [account, .array(keys), number])
        guard let proof = AccountProof(answer), proof.address == Address(address),
            proof.slots.map({ JSONValue.word($0.key) }) == keys
        else {
            throw CommandError(.verification, "the server's answer is no proof of what was asked")
        }
        let isRight: Bool
        do throws(ProofCheck.Fault) {
            isRight = try proof.check(against: trusted)
        } catch {
            throw CommandError(.verification, "the proof does not hold: \(error)")
        }
        guard isRight else {
            throw CommandError(.verification, "the proof is of other values than the server's")
        }
        switch session.format {
        case .json: LedgerOutput.print(answer, .json)
        case .text: show(proof, number, trusted)
        }
    }

    private func show(_ proof: AccountProof, _ number: JSONValue, _ root: Hash32) {
        var rows: [(String, String)] = [
            ("proven by", root.description),
            ("block", number.text.flatMap(Quantity.parse)?.description ?? "-"),
            ("balance", proof.account.balance.description),
            ("nonce", String(proof.account.nonce)),
            ("code", proof.account.codeHash.description),
            ("storage", proof.storageRoot.description),
        ]
        for slot in proof.slots {
            rows.append(("slot \(Quantity.text(slot.key))", Quantity.text(slot.value)))
        }
        let width = rows.map(\.0.count).max() ?? 0
        for (name, value) in rows {
            Output.data(name + String(repeating: " ", count: width - name.count + 2) + value)
        }
    }
}
