extension EVMProgram {
    /// All that a run has done, as far as another machine could tell.
    package struct Outcome: Codable, Equatable, Sendable {
        /// What a contract logged.
        package struct Log: Codable, Equatable, Sendable {
            package var address: String
            package var topics: [String]
            package var data: String
        }

        /// An account that was looked at, after the run.
        package struct AccountAfter: Codable, Equatable, Sendable {
            package var balance: String
            package var nonce: UInt64
            package var codeHash: String
            /// Every slot that was looked at, changed or not.
            package var storage: [String: String]
            /// Gone at the end of the transaction (EIP-6780); the rest is as it was before.
            package var isDestroyed: Bool
        }

        package var name: String
        /// How it ended: a ``Halt``, or why there was no run.
        package var halt: String
        package var success: Bool
        /// After refunds.
        package var gasUsed: Int64
        package var output: String
        package var logs: [Log]
        package var accounts: [String: AccountAfter]
    }

    /// Runs it once. A transaction that cannot be in a block has an outcome too.
    package func outcome() throws -> Outcome {
        var program = try prepared()
        do throws(TransactionError) {
            let (result, journal) = try program.run()
            return outcome(of: result, in: journal)
        } catch {
            return Outcome(
                name: name, halt: "\(error)", success: false, gasUsed: 0, output: "0x", logs: [],
                accounts: [:])
        }
    }

    private func outcome(
        of result: TransactionResult, in journal: StateJournal<WorldState>
    ) -> Outcome {
        var accounts: [String: Outcome.AccountAfter] = [:]
        for account in journal.accounts {
            var storage: [String: String] = [:]
            for slot in account.slots {
                storage[quantity(slot.key)] = quantity(slot.current)
            }
            accounts[Hexadecimal.data(account.address.bytes)] = Outcome.AccountAfter(
                balance: quantity(account.balance), nonce: account.nonce,
                codeHash: "\(account.codeHash)", storage: storage,
                isDestroyed: account.isDestroyed)
        }
        return Outcome(
            name: name, halt: "\(result.halt)", success: result.halt.isSuccess,
            gasUsed: result.gasUsed, output: Hexadecimal.data(result.output),
            logs: result.logs.map { log in
                Outcome.Log(
                    address: Hexadecimal.data(log.address.bytes),
                    topics: log.topics.map { Hexadecimal.data($0.bytes) },
                    data: Hexadecimal.data(log.data))
            },
            accounts: accounts)
    }

    private func quantity(_ number: UInt256) -> String { "0x" + number.hexadecimal }
}
