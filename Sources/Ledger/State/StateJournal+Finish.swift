extension StateJournal {
    /// The source, with all that it has learnt.
    public consuming func release() -> Source { source }

    /// What the transaction changed. The journal is of no use afterwards.
    ///
    /// Accounts destroyed, and touched accounts that are empty, are gone (EIP-161, EIP-6780).
    public func changes() -> StateChanges {
        var changes = StateChanges()
        for account in accounts where account.isTouched || account.isDestroyed {
            let isGone = account.isDestroyed || account.isDead
            if isGone, account.before == nil { continue }
            let after = Account(
                nonce: account.nonce, balance: account.balance, codeHash: account.codeHash)
            changes.accounts.append(
                StateChanges.AccountChange(
                    address: account.address, account: isGone ? nil : after,
                    code: isGone ? nil : account.newCode,
                    storage: isGone ? [] : changedSlots(account)))
        }
        return changes
    }

    private func changedSlots(_ account: JournalAccount) -> [(key: UInt256, value: UInt256)] {
        account.slots.compactMap { slot in
            slot.current == slot.original ? nil : (slot.key, slot.current)
        }
    }
}

extension StateJournal where Source: ExecutionState {
    /// The source, with all that it has learnt, and with no other reference to it. The journal is of
    /// no use afterwards.
    mutating func movedSource() -> Source { source.moved() }
}
