/// What is to be done when, so that a service with nothing to do wakes for nothing.
struct Agenda: Sendable {
    /// The chores, in the order in which they are done when several are due.
    enum Chore: Int, Sendable, CaseIterable {
        /// Write down what has changed.
        case flush
        /// Close streams of our own that have been idle.
        case closeIdle
        /// Forget what has expired.
        case sweep
        /// Dial the configured peers, as the table is empty.
        case contact
        /// Find one's place: the table is small or new.
        case join
        /// Look around where nothing has been looked up.
        case refresh
        /// Announce own values and contents again.
        case republish
    }

    private var due: [Instant?] = Array(repeating: nil, count: Chore.allCases.count)

    /// The earliest time that anything is due.
    var next: Instant? { due.compactMap { $0 }.min() }

    func time(of chore: Chore) -> Instant? { due[chore.rawValue] }

    /// Sets a chore to be done at a time, if it is not due earlier already.
    mutating func add(_ chore: Chore, at time: Instant) {
        due[chore.rawValue] = min(due[chore.rawValue] ?? time, time)
    }

    /// Takes out what is due.
    mutating func take(at now: Instant) -> [Chore] {
        Chore.allCases.filter { chore in
            guard let time = due[chore.rawValue], time <= now else { return false }
            due[chore.rawValue] = nil
            return true
        }
    }
}
