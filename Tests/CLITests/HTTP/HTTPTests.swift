import PeerKit
import Testing

@testable import psic_node

@Suite("HTTP requests") struct HTTPRequestMachineTests {
    @Test func aRequestIsAnsweredWhenItIsComplete() {
        var machine = HTTPRequestMachine(limits: HTTPLimits())
        #expect(
            machine.receive(
                method: "GET", target: "/metrics?x=1#y", host: "[::1]:9490", keepsAlive: true)
                == .wait)
        #expect(
            machine.receiveEnd()
                == .answer(
                    HTTPRequest(method: "GET", path: "/metrics", host: "::1"), keepsAlive: true))
        #expect(
            machine.receive(method: "HEAD", target: "/", host: nil, keepsAlive: false) == .wait)
        #expect(
            machine.receiveEnd()
                == .answer(HTTPRequest(method: "HEAD", path: "/", host: nil), keepsAlive: false))
    }

    @Test func aTenfoldBodyIsRefusedBeforeItHasCome() {
        let limits = HTTPLimits()
        var machine = HTTPRequestMachine(limits: limits)
        _ = machine.receive(method: "POST", target: "/", host: nil, keepsAlive: true)
        #expect(machine.receiveBody(limits.maximumBodyBytes) == .wait)
        guard case .refuse(let answer) = machine.receiveBody(limits.maximumBodyBytes * 9) else {
            Issue.record("not refused")
            return
        }
        #expect(answer.status == 413)
        // Whatever else comes is nobody's.
        #expect(machine.receiveBody(.max) == .wait)
        #expect(machine.receiveEnd() == .wait)
        #expect(machine.receive(method: "GET", target: "/", host: nil, keepsAlive: true) == .wait)
    }

    @Test func aTenfoldPathIsRefused() {
        let limits = HTTPLimits()
        var machine = HTTPRequestMachine(limits: limits)
        let path = "/" + String(repeating: "x", count: limits.maximumTargetBytes * 10)
        let action = machine.receive(method: "GET", target: path, host: nil, keepsAlive: true)
        guard case .refuse(let answer) = action else {
            Issue.record("not refused")
            return
        }
        #expect(answer.status == 414)
    }
}

@Suite("HTTP routes") struct HTTPRoutesTests {
    private var routes: HTTPRoutes {
        var routes = HTTPRoutes(hosts: ["localhost", "127.0.0.1"])
        routes.get("/healthz") { .json(["a": 1]) }
        return routes
    }

    private func status(
        _ path: String, _ method: String = "GET", host: String? = "localhost"
    ) async -> Int {
        await routes.answer(HTTPRequest(method: method, path: path, host: host)).status
    }

    @Test func pathsAndMethodsThatAreNotThereAreSaidSo() async {
        #expect(await status("/healthz") == 200)
        #expect(await status("/healthz", "HEAD") == 200)
        #expect(await status("/healthz", "POST") == 405)
        #expect(await status("/healthz/") == 404)
        #expect(await status("/../etc/passwd") == 404)
        let answer = await routes.answer(
            HTTPRequest(method: "DELETE", path: "/healthz", host: nil))
        #expect(answer.headers["Allow"] == "GET, HEAD")
        #expect(answer.body.contains(#""code":405"#))
    }

    @Test func aForeignNameForLoopbackIsRefused() async {
        #expect(await status("/healthz", host: "evil.example") == 421)
        #expect(await status("/healthz", host: "LOCALHOST") == 200)
        #expect(await status("/healthz", host: nil) == 200)
    }
}

@Suite("Health") struct HealthTests {
    private let now = Instant.zero.advanced(by: .seconds(100))

    private func pulse(peers: Int, addresses: Int, age: Duration = .zero) -> HealthPulse {
        let pulse = HealthPulse(minimumPeers: 2, wantedAddresses: 1, now: .zero)
        pulse.beat(
            .init(
                time: now.advanced(by: .zero - age), connectedPeers: peers,
                listenAddresses: addresses))
        return pulse
    }

    @Test func aNodeThatListensAndIsConnectedIsReady() {
        let report = pulse(peers: 2, addresses: 1).readiness(at: now)
        #expect(report.status == "ok")
        #expect(report.answer.status == 200)
        #expect(report.checks.map(\.name) == ["node", "listening", "peers"])
    }

    @Test func tooFewPeersAreNamedAsTheReason() {
        let pulse = pulse(peers: 1, addresses: 1)
        let report = pulse.readiness(at: now)
        #expect(report.answer.status == 503)
        #expect(report.checks.filter { !$0.isPassed }.map(\.name) == ["peers"])
        #expect(report.checks[2].reason.contains("needed: 2"))
        // It works all the same.
        #expect(pulse.liveness(at: now).status == "ok")
    }

    @Test func aNodeThatNoLongerAnswersIsDead() {
        let late = HealthPulse.patience + .seconds(1)
        let report = pulse(peers: 5, addresses: 1, age: late).liveness(at: now)
        #expect(report.answer.status == 503)
        #expect(pulse(peers: 5, addresses: 1, age: late).readiness(at: now).status == "failing")
    }

    @Test func aNodeThatIsToListenAndDoesNotIsNotReady() {
        #expect(pulse(peers: 5, addresses: 0).readiness(at: now).status == "failing")
    }
}
