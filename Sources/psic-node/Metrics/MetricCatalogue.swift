/// What each metric means; shown with it. Labels are told where they do not speak for themselves.
enum MetricCatalogue {
    /// The help text of a metric.
    static func help(for name: String) -> String {
        texts[name] ?? "Not described in this version."
    }

    /// By name.
    static let texts: [String: String] = [
        MetricRegistry.droppedName:
            "Series that were not kept, because of a bound or because their kind differed.",
        "process_cpu_seconds_total": "CPU time of the process, user and system.",
        "process_resident_memory_bytes": "Memory of the process that is in RAM.",
        "process_virtual_memory_bytes": "Address space of the process.",
        "process_open_fds": "Open file descriptors.",
        "process_max_fds": "File descriptors that may be open.",
        "process_threads": "Threads of the process.",
        "process_start_time_seconds": "When the process started, in seconds since 1970.",
        "psic_build_info": "Always 1; the version is a label.",
        "psic_uptime_seconds": "Time since the node began to listen.",
        "psic_host_connections": "Connections that stand.",
        "psic_host_connections_total": "Connections that stood.",
        "psic_host_handshake_seconds":
            "From a channel to the proven name of the peer behind it.",
        "psic_host_dials_total": "Addresses dialled.",
        "psic_host_streams_total": "Streams whose protocol was agreed on.",
        "psic_host_streams": "Streams that are open.",
        "psic_host_bytes_total": "Bytes below the cipher; counted once in half a minute.",
        "psic_host_refusals_total": "Connections and streams refused, by the limit.",
        "psic_host_trimmed_total": "Peers disconnected to make room for others.",
        "psic_host_reserved_bytes": "Memory that remotes can make this node hold.",
        "psic_peer_faults_total": "Faults held against peers, by their kind.",
        "psic_address_book_peers": "Peers in the address book.",
        "psic_joining_candidates": "Peers that wait to be dialled.",
        "psic_identity_rotation_due": "Whether the key is too old (1) or not (0).",
        "psic_pex_records_told_total": "Peer records told to others.",
        "psic_pex_records_invalid_total": "Peer records of others that did not hold.",
        "psic_pex_liars_total": "Peers whose records have proven false.",
        "psic_kad_table_peers": "Peers in the routing table.",
        "psic_kad_records": "Values held for others.",
        "psic_kad_provider_records": "Provider records held for others.",
        "psic_kad_lookups_total": "Look-ups that have ended.",
        "psic_kad_lookup_seconds": "Time of look-ups.",
        "psic_kad_lookup_queries": "Peers asked in a look-up.",
        "psic_kad_request_seconds": "Time of requests to other peers.",
        "psic_kad_failed_requests_total": "Requests to other peers that failed.",
        "psic_kad_served_total": "Requests of other peers that were answered.",
        "psic_kad_refused_total": "Requests and streams of other peers that were refused.",
        "psic_gossipsub_peers": "Connected peers that speak GossipSub.",
        "psic_gossipsub_topics": "Topics that are joined.",
        "psic_gossipsub_mesh_peers": "Peers in the meshes of all topics together.",
        "psic_gossipsub_messages_total": "Messages that came, by what became of them.",
        "psic_gossipsub_published_total": "Messages of this node's own.",
        "psic_gossipsub_copies_sent_total": "Copies of messages sent to peers.",
        "psic_gossipsub_copies_spared_total":
            "Copies not sent because the peer said it has the message.",
        "psic_gossipsub_control_sent_total": "Control messages sent, by kind.",
        "psic_gossipsub_rpcs_received_total": "RPCs that came.",
        "psic_gossipsub_rpcs_graylisted_total":
            "RPCs ignored because of their sender's score.",
        "psic_gossipsub_wanted_total": "Messages asked for after they were announced.",
        "psic_gossipsub_served_total": "Messages sent because a peer asked for them.",
        "psic_gossipsub_promises_broken_total":
            "Announced messages that never came when they were asked for.",
        "psic_gossipsub_grafts_refused_total": "Requests to join a mesh that were refused.",
        "psic_gossipsub_frames_dropped_total":
            "Frames dropped because a peer reads too slowly.",
        "psic_gossipsub_streams_lost_total": "Outbound streams that broke.",
        "psic_gossipsub_deliveries_dropped_total":
            "Messages dropped because a subscriber reads too slowly.",
        "psic_ledger_head": "Number of the newest block.",
        "psic_ledger_blocks_total": "Blocks made.",
        "psic_ledger_transactions_total": "Transactions in blocks made.",
        "psic_ledger_gas_total": "Gas that the transactions in blocks made have used.",
        "psic_ledger_refused_total": "Candidates for a block that could not be in it.",
        "psic_ledger_block_seconds":
            "Time to make a block: execution, roots, and until it is on the disk.",
        "psic_mempool_transactions": "Transactions that wait for a block.",
        "psic_mempool_bytes": "Bytes of transactions that wait.",
        "psic_mempool_senders": "Accounts with transactions that wait.",
        "psic_mempool_admitted_total": "Transactions taken into the pool.",
        "psic_mempool_pending_total": "Transactions that could be in the next block.",
        "psic_mempool_refused_total": "Transactions refused, by the reason.",
        "psic_mempool_dropped_total": "Transactions that left the pool, by the reason.",
        "psic_rpc_requests_total": "JSON-RPC requests answered, by method.",
        "psic_rpc_seconds": "Time of JSON-RPC requests, by the first part of the method's name.",
        "psic_rpc_errors_total": "JSON-RPC errors, by kind.",
        "psic_rpc_connections": "JSON-RPC connections that stand.",
        "psic_rpc_connections_refused_total":
            "JSON-RPC connections closed at once, as there are too many.",
        "psic_gossipsub_pending_messages": "Messages whose validation has not ended.",
        "psic_gossipsub_cached_bytes": "Bytes of messages kept for who asks for them.",
    ]
}
