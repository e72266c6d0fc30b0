import Foundation
import PeerKit
import Testing

@testable import Ledger

/// A chain of one transaction after another, with native contracts.
struct NativeWorld {
    static let contracts = NativeContracts([Registry()])
    static let sender = Address(truncating: 0xa11ce)

    var state = WorldState()
    var chainID: UInt64 = 7
    private var nonces: [Address: UInt64] = [:]

    init() {
        for account in Self.contracts.genesisAccounts {
            state.setAccount(account.address, Account(nonce: account.nonce), code: account.code)
        }
    }

    /// Runs a transaction without fees.
    mutating func send(
        _ input: [UInt8], to target: Address, from sender: Address = NativeWorld.sender,
        value: UInt256 = 0, gas: UInt64 = 500_000, fork: Fork = .prague
    ) throws -> TransactionResult {
        var block = BlockContext()
        block.chainID = chainID
        var transaction = Transaction(.legacy)
        transaction.nonce = nonces[sender, default: 0]
        transaction.gasLimit = gas
        transaction.to = target
        transaction.value = value
        transaction.input = input
        var transition = StateTransition(
            rules: fork.rules, block: block, natives: Self.contracts)
        let result = try transition.execute(transaction, from: sender, on: &state)
        nonces[sender, default: 0] += 1
        return result
    }

    mutating func fund(_ account: Address, _ wei: UInt256) {
        state.setAccount(account, Account(nonce: nonces[account, default: 0], balance: wei))
    }

    /// A contract that passes its input on by an opcode (0xf1, 0xf2, 0xf4, 0xfa), and what comes
    /// back to its own caller.
    mutating func deployProxy(_ opcode: UInt8, to target: Address, at address: Address) {
        var code: [UInt8] = [0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f]
        if opcode < 0xf4 { code.append(0x34) }
        code += [0x73] + target.bytes + [0x5a, opcode, 0x3d, 0x5f, 0x5f, 0x3e]
        let end = UInt8(code.count + 6)
        code += [0x60, end, 0x57, 0x3d, 0x5f, 0xfd, 0x5b, 0x3d, 0x5f, 0xf3]
        state.setAccount(address, Account(nonce: 1), code: code)
    }
}

@Suite("The registry of peers") struct RegistryTests {
    let registry = Registry()
    let peer: Ed25519PrivateKey
    let word: UInt256
    var world = NativeWorld()

    init() throws {
        peer = try Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32))
        word = try #require(Registry.word(of: peer.publicKey))
    }

    private func call(_ name: String, _ values: ABIValue...) throws -> [UInt8] {
        try #require(registry.abi.functions(named: name).first).call(values)
    }

    /// The peer's signature, as its own software would make it.
    private func signature(
        _ purpose: Registry.Purpose, account: Address = NativeWorld.sender, nonce: UInt64 = 0,
        chainID: UInt64 = 7, registry: Address? = nil
    ) -> ABIValue {
        .bytes(
            peer.signature(
                for: Registry.message(
                    purpose, chainID: chainID, registry: registry ?? self.registry.address,
                    peer: word, account: account, nonce: UInt256(nonce))))
    }

    private func reason(_ result: TransactionResult) -> String {
        result.halt == .reverted
            ? RevertReason(result.output, errors: registry.abi.errors).description
            : "\(result.halt)"
    }

    private mutating func bind(
        _ signature: ABIValue? = nil, from sender: Address = NativeWorld.sender
    ) throws -> TransactionResult {
        try world.send(
            call(
                "bind", .bytes(word.bytes),
                signature ?? self.signature(.bind, account: sender)),
            to: registry.address, from: sender)
    }

    private mutating func ask(_ name: String, _ values: ABIValue...) throws -> [ABIValue] {
        let function = try #require(registry.abi.functions(named: name).first)
        let result = try world.send(
            function.call(values), to: registry.address, from: Address(truncating: 0xa5c))
        #expect(result.halt == .returned)
        return try function.results(of: result.output)
    }

    @Test("binds by both signatures, is found either way, and tells of it")
    mutating func binding() throws {
        let result = try bind()
        #expect(result.halt == .returned && result.output.isEmpty)
        let event = try #require(registry.abi.event(named: "Bound"))
        #expect(
            result.logs == [
                EVMLog(
                    address: registry.address,
                    topics: [event.topic, NativeWorld.sender.word, word],
                    data: [])
            ])
        #expect(try ask("accountOf", .bytes(word.bytes)) == [.address(NativeWorld.sender)])
        #expect(try ask("peerOf", .address(NativeWorld.sender)) == [.bytes(word.bytes)])
        #expect(try ask("nonceOf", .bytes(word.bytes)) == [.number(1)])
        #expect(Registry.peerID(of: word) == peer.publicKey.peerID)
        #expect(Registry.peerID(of: 0) == nil)
    }

    @Test("keeps its state where Solidity would, so that anybody's tools can prove it")
    mutating func storage() throws {
        _ = try bind()
        func slot(_ key: UInt256, _ base: UInt256) -> UInt256 {
            Keccak256.hash(key.bytes + base.bytes).word
        }
        let sender = NativeWorld.sender.word
        #expect(world.state.storage(slot(word, 0), of: registry.address) == sender)
        #expect(world.state.storage(slot(sender, 1), of: registry.address) == word)
        #expect(world.state.storage(slot(word, 2), of: registry.address) == 1)
        #expect(world.state.hasStorage(registry.address))
    }

    @Test("the message that is signed can be asked for")
    mutating func messages() throws {
        for (name, purpose) in [
            ("bindMessage", Registry.Purpose.bind), ("releaseMessage", .release),
        ] {
            let expected = Registry.message(
                purpose, chainID: 7, registry: registry.address, peer: word,
                account: NativeWorld.sender, nonce: 0)
            #expect(
                try ask(name, .bytes(word.bytes), .address(NativeWorld.sender)) == [
                    .bytes(expected)
                ])
        }
        #expect(
            Registry.message(
                .bind, chainID: 1, registry: .zero, peer: 2, account: .zero, nonce: 3
            ).count == 18 + 1 + 32 + 20 + 20 + 32 + 32)
    }

    @Test("signatures for another purpose, chain, contract, account or nonce are worthless")
    mutating func wrongSignatures() throws {
        let other = Address(truncating: 0xbad)
        let short = ABIValue.bytes(Array((signature(.bind).bytes ?? []).dropLast()))
        for wrong in [
            signature(.release), signature(.bind, chainID: 8), signature(.bind, registry: other),
            signature(.bind, account: other), signature(.bind, nonce: 1), .bytes([]), short,
            .bytes([UInt8](repeating: 0, count: 64)),
        ] {
            let result = try bind(wrong)
            #expect(reason(result) == "InvalidSignature()")
            #expect(result.logs.isEmpty)
        }
        #expect(try ask("accountOf", .bytes(word.bytes)) == [.address(.zero)])
        // No key at all, and the keys that sign everything.
        for key in [UInt256.zero, 1, .max] {
            let result = try world.send(
                call("bind", .bytes(key.bytes), .bytes([UInt8](repeating: 0, count: 64))),
                to: registry.address)
            #expect(reason(result) == "InvalidSignature()")
        }
    }

    @Test("one account has one peer and one peer one account")
    mutating func uniqueness() throws {
        _ = try bind()
        #expect(try reason(bind(signature(.bind, nonce: 1))).hasPrefix("AccountBound("))
        let other = Address(truncating: 0xb0b)
        let result = try bind(signature(.bind, account: other, nonce: 1), from: other)
        #expect(reason(result) == "PeerBound(\(NativeWorld.sender))")
    }

    @Test("either side ends it; a signature is good once")
    mutating func ending() throws {
        let first = signature(.bind)
        _ = try bind(first)
        #expect(
            try reason(world.send(call("unbind"), to: registry.address, from: .zero))
                == "NotBound()")
        let unbound = try world.send(call("unbind"), to: registry.address)
        #expect(unbound.halt == .returned)
        #expect(unbound.logs.first?.topics.first == registry.abi.event(named: "Unbound")?.topic)
        #expect(try ask("peerOf", .address(NativeWorld.sender)) == [.bytes(UInt256.zero.bytes)])
        #expect(try reason(bind(first)) == "InvalidSignature()")
        #expect(try bind(signature(.bind, nonce: 1)).halt == .returned)

        let stranger = Address(truncating: 0x57a)
        let early = try world.send(
            call("release", .bytes(word.bytes), signature(.release, nonce: 1)),
            to: registry.address, from: stranger)
        #expect(reason(early) == "InvalidSignature()")
        let release = try call("release", .bytes(word.bytes), signature(.release, nonce: 2))
        #expect(try world.send(release, to: registry.address, from: stranger).halt == .returned)
        #expect(try ask("accountOf", .bytes(word.bytes)) == [.address(.zero)])
        #expect(
            try reason(world.send(release, to: registry.address, from: stranger)) == "NotBound()")
        #expect(try ask("nonceOf", .bytes(word.bytes)) == [.number(3)])
    }

    @Test("gas is what the declared prices make it, and too little leaves no trace")
    mutating func gas() throws {
        let input = try call("bind", .bytes(word.bytes), signature(.bind))
        let result = try world.send(input, to: registry.address)
        var plain = Transaction(.legacy)
        plain.input = input
        plain.to = registry.address
        let least = IntrinsicGas(plain, rules: Fork.prague.rules)
        let intrinsic = least.gas
        // Six hashes of two words each; three slots, cold once, and from zero to something.
        var expected = NativeGas.call + NativeGas.word * GasCost.words(input.count)
        expected += 6 * (NativeGas.hash + 2 * NativeGas.hashWord)
        expected += NativeGas.ed25519 + NativeGas.hashWord * 5
        expected += 3 * GasCost.coldSlot + GasCost.warmAccess + 3 * GasCost.setSlot
        expected += NativeGas.log + 3 * GasCost.logTopic
        #expect(result.gasUsed - intrinsic == expected)
        #expect(expected == 72_318, "consensus: a change needs a fork")

        var poor = try RegistryTests()
        let root = poor.world.state.root()
        for gas in stride(from: max(intrinsic, least.floor), to: result.gasUsed, by: 4999) {
            let short = try poor.world.send(input, to: registry.address, gas: UInt64(gas))
            #expect(short.halt == .outOfGas && short.gasUsed == gas && short.logs.isEmpty)
        }
        #expect(!poor.world.state.hasStorage(registry.address))
        #expect(poor.world.state.root() != root, "the sender's nonce")
    }

    @Test("contracts can call it, a revert of theirs takes it back, and only by its own address")
    mutating func fromContracts() throws {
        let proxy = Address(truncating: 0x9999)
        world.deployProxy(0xf1, to: registry.address, at: proxy)
        let input = try call("bind", .bytes(word.bytes), signature(.bind, account: proxy))
        let result = try world.send(input, to: proxy)
        #expect(result.halt == .returned)
        #expect(result.logs.first?.address == registry.address)
        #expect(try ask("peerOf", .address(proxy)) == [.bytes(word.bytes)])
        // Errors come through to who called the proxy.
        #expect(try reason(world.send(input, to: proxy)).hasPrefix("AccountBound("))

        // STATICCALL: reading works, changing does not, and takes all gas that was passed on.
        let viewer = Address(truncating: 0x8888)
        world.deployProxy(0xfa, to: registry.address, at: viewer)
        let asked = try world.send(call("peerOf", .address(proxy)), to: viewer)
        #expect(asked.halt == .returned && asked.output == word.bytes)
        let release = try call(
            "release", .bytes(word.bytes), signature(.release, account: proxy, nonce: 1))
        let changed = try world.send(release, to: viewer)
        #expect(changed.halt == .reverted && changed.output.isEmpty)
        #expect(changed.gasUsed > 400_000)

        // DELEGATECALL and CALLCODE reach the marker, which is an invalid instruction.
        for opcode in [0xf2, 0xf4] as [UInt8] {
            let borrower = Address(truncating: UInt256(UInt64(opcode) << 8))
            world.deployProxy(opcode, to: registry.address, at: borrower)
            let result = try world.send(call("peerOf", .address(proxy)), to: borrower)
            #expect(result.halt == .reverted && result.output.isEmpty)
            #expect(!world.state.hasStorage(borrower))
        }
    }

    @Test("nonsense reverts without data and keeps the rest of the gas")
    mutating func nonsense() throws {
        let bind = try call("bind", .bytes(word.bytes), signature(.bind))
        world.fund(NativeWorld.sender, 100)
        for input in [
            [], [1, 2, 3], [1, 2, 3, 4], Array(bind.prefix(4)), Array(bind.dropLast(40)),
        ] {
            let result = try world.send(input, to: registry.address)
            #expect(result.halt == .reverted && result.output.isEmpty)
            #expect(result.gasUsed < 60_000)
        }
        // No function takes value; what was sent comes back.
        let paid = try world.send(bind, to: registry.address, value: 5)
        #expect(paid.halt == .reverted)
        #expect(world.state.account(registry.address)?.balance == .zero)
        #expect(world.state.account(NativeWorld.sender)?.balance == 100)
    }

    @Test("there is code at its address, and nothing where no genesis asks for it")
    func marker() throws {
        let code = NativeContracts.marker(of: registry)
        #expect(
            code.first == 0xfe
                && String(decoding: code.dropFirst(), as: UTF8.self) == "psic:registry")
        #expect(
            registry.address.description.lowercased()
                == "0x0000000000000000000000000000707369630001")
        #expect(NativeContracts(named: ["registry"])?[registry.address] != nil)
        #expect(NativeContracts(named: ["registry", "registry"]) == nil)
        #expect(NativeContracts(named: ["bank"]) == nil)
        #expect(NativeContracts.none[registry.address] == nil)
        var state = WorldState()
        var transition = StateTransition(rules: Fork.prague.rules, block: BlockContext())
        var transaction = Transaction(.legacy)
        transaction.gasLimit = 100_000
        transaction.to = registry.address
        transaction.input = try call("unbind")
        let result = try transition.execute(transaction, from: NativeWorld.sender, on: &state)
        #expect(result.halt == .stop && result.output.isEmpty)
    }
}

@Suite("Native contracts") struct NativeContractTests {
    /// A contract that does what its input says, right or wrong.
    struct Probe: NativeContract {
        let name = "probe"
        let address = Address(truncating: 0x77)
        let abi = ABITestSupport.probe

        func run<Host: EVMHost>(
            _ call: NativeCall, in frame: inout NativeFrame<Host>
        ) throws(NativeHalt) -> [ABIValue] {
            switch call.function.name {
            case "pay":
                let isPaid = try frame.transfer(try call.number(1), to: try call.address(0))
                return [.bool(isPaid)]
            case "deposit": return [.uint(try frame.balance(of: frame.address))]
            case "peek":
                try frame.store(1, 0)
                return []
            case "lie": return [.bool(true)]
            case "confuse": return [.address(try call.address(0))]
            case "say": throw frame.revert(saying: "because")
            case "count":
                try frame.store(try frame.load(0) &+ 1, 0)
                return [.uint(try frame.load(0))]
            default: throw .broken("not written")
            }
        }
    }

    private func run(
        _ signature: String, _ values: [ABIValue] = [], value: UInt256 = 0,
        in state: inout WorldState
    ) throws -> TransactionResult {
        let function = try #require(
            ABITestSupport.probe.functions.first { $0.name == signature })
        var transition = StateTransition(
            rules: Fork.cancun.rules, block: BlockContext(), natives: NativeContracts([Probe()]))
        var transaction = Transaction(.legacy)
        transaction.nonce = state.account(NativeWorld.sender)?.nonce ?? 0
        transaction.gasLimit = 200_000
        transaction.to = Probe().address
        transaction.value = value
        transaction.input = try function.call(values)
        return try transition.execute(transaction, from: NativeWorld.sender, on: &state)
    }

    private func world() -> WorldState {
        var state = WorldState()
        let marker = NativeContracts.marker(of: Probe())
        state.setAccount(Probe().address, Account(nonce: 1), code: marker)
        state.setAccount(NativeWorld.sender, Account(balance: 1000))
        return state
    }

    @Test("take value where they say so, and pay it out without running anybody's code")
    func value() throws {
        var state = world()
        let deposit = try run("deposit", value: 100, in: &state)
        #expect(UInt256(bigEndian: deposit.output) == 100)
        let receiver = Address(truncating: 0x5555)
        // Code that would burn all gas, if it ran.
        state.setAccount(receiver, Account(), code: [0xfe])
        let paid = try run("pay", [.address(receiver), .number(60)], in: &state)
        #expect(UInt256(bigEndian: paid.output) == 1)
        #expect(state.account(receiver)?.balance == 60)
        let refused = try run("pay", [.address(receiver), .number(60)], in: &state)
        #expect(UInt256(bigEndian: refused.output) == 0)
        #expect(state.account(Probe().address)?.balance == 40)
    }

    @Test("a function that only reads can't write")
    func views() throws {
        var state = world()
        let result = try run("peek", in: &state)
        #expect(result.halt == .staticViolation && result.gasUsed == 200_000)
        #expect(!state.hasStorage(Probe().address))
    }

    @Test("a contract that contradicts its ABI fails alike everywhere, and stops nothing else")
    func broken() throws {
        var state = world()
        for name in ["lie", "confuse", "missing"] {
            let result = try run(name, name == "confuse" ? [.number(1)] : [], in: &state)
            #expect(result.halt == .precompileFailure, "\(name)")
        }
        let said = try run("say", in: &state)
        #expect(RevertReason(said.output) == .message("because"))
    }

    @Test("storage costs and refunds as SSTORE does")
    func storage() throws {
        var state = world()
        let first = try run("count", in: &state)
        let second = try run("count", in: &state)
        #expect(UInt256(bigEndian: second.output) == 2)
        // Zero to one costs 20,000, one to two 2,900; all else is equal.
        #expect(first.gasUsed - second.gasUsed == 20_000 - 2900)
    }
}

enum ABITestSupport {
    static let probe: ContractABI = {
        let text = """
            function pay(address to, uint256 amount) returns (bool)
            function deposit() payable returns (uint256)
            function peek() view
            function lie() returns (uint256)
            function confuse(uint256 a) returns (address)
            function say()
            function count() returns (uint256)
            function missing()
            """
        do throws(ABIError) { return try ContractABI(declarations: text) } catch {
            preconditionFailure("\(error)")
        }
    }()
}

@Suite("Published ABI") struct PublishedABITests {
    @Test("the JSON beside each native contract is what the program does")
    func files() throws {
        #expect(!NativeContracts.known.isEmpty)
        for contract in NativeContracts.known {
            let name = contract.name.prefix(1).uppercased() + contract.name.dropFirst()
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Sources/Ledger/Contracts/\(name)/\(name).json")
            let expected = contract.abi.json.serializedOnLines
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            #expect(text == expected, "write this to \(name).json:\n\(expected)")
        }
    }

    @Test("addresses and names are each contract's own")
    func unique() {
        let known = NativeContracts.known
        #expect(Set(known.map(\.address)).count == known.count)
        #expect(Set(known.map(\.name)).count == known.count)
        #expect(NativeContracts(known).all.count == known.count)
    }
}
