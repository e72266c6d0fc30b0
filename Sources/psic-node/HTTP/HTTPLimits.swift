/// Every bound of the HTTP server, with its reason. It serves a scraper, a supervisor and people.
struct HTTPLimits: Sendable, Equatable {
    /// Connections at once; more are closed at once.
    var maximumConnections = 32
    /// Bytes of all headers of a request.
    var maximumHeaderBytes = 16_384
    /// Bytes of a request's body, which nobody reads.
    var maximumBodyBytes = 4096
    /// Bytes of a path.
    var maximumTargetBytes = 1024
    /// From the start of a connection, or the answer before, to the end of a request.
    var requestTimeout = Duration.seconds(10)
    /// For the answer to be made and taken.
    var answerTimeout = Duration.seconds(10)
}
