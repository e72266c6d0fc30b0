/// Pending timers of a simulation: a binary heap by deadline, ties broken by a random number.
///
/// Cancelled timers stay in the heap until they surface, or until they are the majority.
struct TimerHeap {
    /// Names a timer; the generation makes a reused slot another timer.
    struct ID: Hashable, Sendable {
        fileprivate var slot: UInt32
        fileprivate var generation: UInt32
    }

    /// A timer whose time has come.
    struct Due {
        var deadline: UInt64
        var executor: Int
        var body: () -> Void
    }

    private struct Entry {
        var deadline: UInt64
        var tie: UInt64
        var slot: UInt32
        var generation: UInt32

        static func < (lhs: Entry, rhs: Entry) -> Bool {
            if lhs.deadline != rhs.deadline { return lhs.deadline < rhs.deadline }
            if lhs.tie != rhs.tie { return lhs.tie < rhs.tie }
            return lhs.slot < rhs.slot
        }
    }

    private struct Slot {
        var generation: UInt32 = 0
        var executor = -1
        var body: (() -> Void)?
    }

    private var heap: ContiguousArray<Entry> = []
    private var slots: ContiguousArray<Slot> = []
    private var free: ContiguousArray<UInt32> = []
    /// Number of timers that will fire.
    private(set) var count = 0

    /// Adds a timer.
    ///
    /// - Complexity: O(log *n*).
    mutating func insert(
        deadline: UInt64, tie: UInt64, executor: Int, body: @escaping () -> Void
    ) -> ID {
        let slot: UInt32
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = UInt32(slots.count)
            slots.append(Slot())
        }
        slots[Int(slot)].executor = executor
        slots[Int(slot)].body = body
        let generation = slots[Int(slot)].generation
        count += 1
        heap.append(Entry(deadline: deadline, tie: tie, slot: slot, generation: generation))
        siftUp(from: heap.count - 1)
        return ID(slot: slot, generation: generation)
    }

    /// Removes a timer; `false` if it has fired or was cancelled before.
    ///
    /// - Complexity: O(1), amortised.
    @discardableResult
    mutating func cancel(_ id: ID) -> Bool {
        guard slots.indices.contains(Int(id.slot)),
            slots[Int(id.slot)].generation == id.generation, slots[Int(id.slot)].body != nil
        else { return false }
        vacate(id.slot)
        if heap.count > 64, count < heap.count / 2 { rebuild() }
        return true
    }

    /// Removes every timer of `executor`.
    ///
    /// - Complexity: O(*n*).
    mutating func cancelAll(of executor: Int) {
        for slot in slots.indices where slots[slot].executor == executor && slots[slot].body != nil
        {
            vacate(UInt32(slot))
        }
        rebuild()
    }

    /// Number of pending timers whose executor satisfies `predicate`.
    func count(where predicate: (Int) -> Bool) -> Int {
        slots.count { $0.body != nil && predicate($0.executor) }
    }

    /// The earliest deadline.
    mutating func nextDeadline() -> UInt64? {
        dropCancelled()
        return heap.first?.deadline
    }

    /// Takes out the earliest timer.
    ///
    /// - Complexity: O(log *n*).
    mutating func popFirst() -> Due? {
        dropCancelled()
        guard let first = heap.first, let body = slots[Int(first.slot)].body else { return nil }
        let due = Due(
            deadline: first.deadline, executor: slots[Int(first.slot)].executor, body: body)
        vacate(first.slot)
        removeRoot()
        return due
    }

    private mutating func vacate(_ slot: UInt32) {
        slots[Int(slot)].body = nil
        slots[Int(slot)].generation &+= 1
        free.append(slot)
        count -= 1
    }

    private mutating func dropCancelled() {
        while let first = heap.first, slots[Int(first.slot)].generation != first.generation {
            removeRoot()
        }
    }

    private mutating func rebuild() {
        heap.removeAll { slots[Int($0.slot)].generation != $0.generation }
        var index = heap.count / 2
        while index > 0 {
            index -= 1
            siftDown(from: index)
        }
    }

    private mutating func removeRoot() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        siftDown(from: 0)
    }

    private mutating func siftUp(from start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            let entry = heap[index]
            while index > 0 {
                let parent = (index - 1) / 2
                guard entry < heap[parent] else { break }
                heap[index] = heap[parent]
                index = parent
            }
            heap[index] = entry
        }
    }

    private mutating func siftDown(from start: Int) {
        heap.withUnsafeMutableBufferPointer { heap in
            var index = start
            let entry = heap[index]
            while true {
                var child = 2 * index + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
                guard heap[child] < entry else { break }
                heap[index] = heap[child]
                index = child
            }
            heap[index] = entry
        }
    }
}
