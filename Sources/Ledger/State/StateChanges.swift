/// What a transaction did to the state; values from before it do not appear.
public struct StateChanges: Sendable {
    /// One account's changes.
    public struct AccountChange: Sendable {
        /// Whose.
        public var address: Address
        /// The account afterwards; `nil` if it no longer exists, with all of its storage.
        public var account: Account?
        /// Code that is new with this change.
        public var code: [UInt8]?
        /// Slots with their values afterwards; 0 deletes.
        public var storage: [(key: UInt256, value: UInt256)]
        /// Whether all storage from before is gone, as the account was removed and made anew.
        public var clearsStorage = false
    }

    /// In the order in which the transaction first met the accounts.
    public var accounts: [AccountChange] = []
}
