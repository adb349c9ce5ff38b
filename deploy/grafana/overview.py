#!/usr/bin/env python3
"""Writes dashboards/kurir-overview.json: the panels by row, as queries and words.

usage: deploy/grafana/overview.py [--check]

Grafana's JSON is long and repeats itself; this is the source and that is what Grafana reads.
--check writes nothing and fails when the file is not what this would write.

In a query, $S stands for the selectors that every query must have, and $W for the time to take
rates over.
"""

# A table of panels reads better with each panel on few lines.
# fmt: off
import json
import pathlib
import sys

FILE = pathlib.Path(__file__).parent / "dashboards" / "kurir-overview.json"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SELECTORS = 'job=~"$job",instance=~"$instance"'


def targets(queries):
    """`queries`: pairs of a query and its legend."""
    return [{
        "datasource": DATASOURCE,
        "refId": chr(ord("A") + index),
        "expr": query.replace("$S", SELECTORS).replace("$W", "$__rate_interval"),
        "legendFormat": legend,
    } for index, (query, legend) in enumerate(queries)]


def quantiles(metric, *, by="", extra="", levels=(0.5, 0.95, 0.99)):
    """The queries for quantiles of a histogram."""
    group = f"le, {by}" if by else "le"
    suffix = f" {{{{{by}}}}}" if by else ""
    return [(f"histogram_quantile({level}, sum by ({group}) (rate({metric}_bucket{{$S{extra}}}[$W])))",
             f"p{round(level * 100)}{suffix}") for level in levels]


def rates(metric, by, extra=""):
    return [(f"sum by ({by}) (rate({metric}{{$S{extra}}}[$W]))", f"{{{{{by}}}}}")]


def shared(what, by="job"):
    """Once for each shared queue: its relays, a job, export the same, but one that can't ask."""
    return (f"max by ({by}) (kurir_shared_queue_{what}{{$S}}"
            " and on (job, instance) kurir_store_connected{$S} + kurir_store_claiming{$S} == 2)")


def stat(title, description, unit, query, thresholds=(), **options):
    """One number. `thresholds`: pairs of a value and the colour from there on."""
    steps = [{"color": "green", "value": None}]
    steps += [{"color": color, "value": value} for value, color in thresholds]
    return {
        "type": "stat", "title": title, "description": description,
        "datasource": DATASOURCE, "targets": targets([(query, options.get("legend", ""))]),
        "fieldConfig": {"defaults": {"unit": unit, "thresholds": {"mode": "absolute", "steps": steps},
                                     "mappings": options.get("mappings", [])}, "overrides": []},
        "options": {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                    "textMode": options.get("text", "auto"), "colorMode": "value",
                    "graphMode": "none"},
    }


def graph(title, description, unit, queries, stacked=False):
    return {
        "type": "timeseries", "title": title, "description": description,
        "datasource": DATASOURCE, "targets": targets(queries),
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": {
            "fillOpacity": 30 if stacked else 8, "showPoints": "never",
            "stacking": {"mode": "normal" if stacked else "none"}}}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"},
                    "tooltip": {"mode": "multi", "sort": "desc"}},
    }


def heatmap(title, description, unit, metric):
    query = f"sum by (le) (increase({metric}_bucket{{$S}}[$W]))"
    panel_targets = targets([(query, "{{le}}")])
    panel_targets[0]["format"] = "heatmap"
    return {
        "type": "heatmap", "title": title, "description": description,
        "datasource": DATASOURCE, "targets": panel_targets,
        "fieldConfig": {"defaults": {"unit": unit}, "overrides": []},
        "options": {"calculate": False, "yAxis": {"unit": unit}},
    }


NO_OR_YES = [{"type": "value", "options": {"0": {"text": "no", "color": "red"},
                                           "1": {"text": "yes", "color": "green"}}}]
PER_SECOND = "suffix: /s"

ROWS = [
    ("At a glance", [
        stat("Ready", "Whether every relay says that it can take mail (/readyz).", "none",
             "min(kurir_ready{$S})", mappings=NO_OR_YES),
        stat("Received", "Messages acknowledged.", PER_SECOND,
             'sum(rate(kurir_messages_received_total{$S,source="smtp"}[$W]))'),
        stat("Delivered", "Recipients whose message a remote server took.", PER_SECOND,
             'sum(rate(kurir_queue_finished_total{$S,outcome="delivered"}[$W]))'),
        stat("In the queue", "Messages that are not finished; of a shared queue all, whoever has them.",
             "short", f"sum(({shared('messages')} > 0)"
             " or sum by (job) (kurir_queue_messages{$S}))"),
        stat("Oldest message", "Age of the oldest message that is not finished.", "s",
             "time() - min((kurir_queue_oldest_message_timestamp_seconds{$S} > 0)"
             f" or ({shared('oldest_message_timestamp_seconds')} > 0))",
             [(6 * 3600, "orange"), (86400, "red")]),
        stat("Refusing", "Reasons for which new mail is refused now.", "short",
             "sum(kurir_load_shedding{$S})", [(1, "red")]),
        stat("Staging", "Relays whose mail does not go to its recipients: all of it is redirected, or "
             "kept.", "short", "sum(kurir_staging{$S})", [(1, "red")]),
        stat("Bounced", "Share of finished recipients that failed permanently.", "percentunit",
             'sum(rate(kurir_queue_finished_total{$S,outcome=~"bounced|expired"}[$W]))'
             " / sum(rate(kurir_queue_finished_total{$S}[$W]))", [(0.05, "orange"), (0.1, "red")]),
        stat("Deferred", "Share of attempts that must be tried again.", "percentunit",
             'sum(rate(kurir_delivery_attempts_total{$S,result="deferred"}[$W]))'
             " / sum(rate(kurir_delivery_attempts_total{$S}[$W]))", [(0.3, "orange")]),
        stat("Disk used", "Of the file system that holds the queue.", "percentunit",
             "max(1 - kurir_filesystem_free_bytes{$S} / kurir_filesystem_size_bytes{$S})",
             [(0.85, "orange"), (0.95, "red")]),
        stat("Memory", "Resident, of the largest relay.", "bytes",
             "max(process_resident_memory_bytes{$S})"),
        stat("Up since", "The last start of any relay.", "dateTimeFromNow",
             "max(process_start_time_seconds{$S}) * 1000"),
        stat("Version", "What runs.", "none", "max by (version) (kurir_build_info{$S})",
             legend="{{version}}", text="name"),
    ]),
    ("Traffic", [
        graph("Messages in and recipients out", "Acknowledged messages; finished recipients.",
              PER_SECOND,
              [('sum by (source) (rate(kurir_messages_received_total{$S}[$W]))', "in: {{source}}"),
               ('sum by (outcome) (rate(kurir_queue_finished_total{$S}[$W]))', "out: {{outcome}}")]),
        graph("Messages in, by priority", "Class of the messages acknowledged.", PER_SECOND,
              rates("kurir_messages_received_total", "priority")),
        graph("Bytes in", "Size of the messages acknowledged.", "Bps",
              rates("kurir_received_bytes_total", "source")),
        graph("Acknowledged after", "From the final dot to our 250, the sync included.", "s",
              quantiles("kurir_smtp_accept_duration_seconds")),
        graph("Delivered after", "From receipt to the remote server's 250.", "s",
              quantiles("kurir_delivery_latency_seconds")),
        heatmap("Message sizes", "Messages by size.", "bytes", "kurir_message_size_bytes"),
        graph("Recipients by message", "How many recipients messages have.", "short",
              quantiles("kurir_message_recipients")),
    ]),
    ("Queue", [
        graph("Messages by state", "Deferred mail waits for its next attempt. Of a shared queue, here and "
              "in the next three: what relays have claimed.", "short",
              [("sum by (state) (kurir_queue_messages{$S})", "{{state}}")], stacked=True),
        graph("Recipients by state", "Of these messages, those that are not finished.", "short",
              [("sum by (state) (kurir_queue_recipients{$S})", "{{state}}")], stacked=True),
        graph("Messages by age", "Time since receipt.", "short",
              [("sum by (age) (kurir_queue_messages_by_age{$S})", "{{age}}")], stacked=True),
        graph("Oldest by state", "Age of the oldest message.", "s",
              [("time() - min by (state) (kurir_queue_oldest_message_timestamp_seconds{$S} > 0)",
                "{{state}}")]),
        graph("Shared queue: messages", "In the queue that relays share, whoever has them.", "short",
              [(f"sum({shared('messages')})", "messages"),
               (f"sum({shared('recipients')})", "recipients")]),
        graph("Shared queue: messages by age", "Time since receipt; 100,000 of each at most.", "short",
              [(f"sum by (age) ({shared('messages_by_age', 'job, age')})", "{{age}}")], stacked=True),
        graph("Shared queue: oldest and unclaimed", "Age of the oldest message; how long mail waits for a relay.",
              "s", [(f"time() - min({shared('oldest_message_timestamp_seconds')} > 0)", "oldest"),
                    (f"time() - min({shared('unclaimed_timestamp_seconds')} > 0)", "unclaimed")]),
        graph("Shared queue: size of the mail", "Bytes of its messages; 0 if there is none.", "bytes",
              [(f"sum({shared('size_bytes')})", "bytes")]),
        graph("In and out", "Recipients that entered and left the queue.", PER_SECOND,
              [("sum(rate(kurir_queue_enqueued_total{$S}[$W]))", "in"),
               ("sum(rate(kurir_queue_finished_total{$S}[$W]))", "out")]),
        graph("Late by", "From when a message was due to the start of its delivery.", "s",
              quantiles("kurir_scheduler_lag_seconds")),
        graph("Suspended by operators", "Suspensions that stand, and how long the oldest has.", "short",
              [("sum by (instance) (kurir_operator_suspensions{$S})", "{{instance}}"),
               ("(time() - max by (instance)"
                " (kurir_operator_suspension_oldest_timestamp_seconds{$S} > 0)) / 3600",
                "{{instance}}: hours")]),
        graph("Between relays", "Handed over, adopted, and held because another relay may have them.", "short",
              [("sum by (instance) (increase(kurir_handed_over_messages_total{$S}[$W]))",
                "{{instance}}: handed over"),
               ("sum by (instance) (increase(kurir_adopted_messages_total{$S}[$W]))",
                "{{instance}}: adopted"),
               ("sum by (instance) (kurir_handover_marked_messages{$S})",
                "{{instance}}: held")]),
        graph("Decided here, unknown to other relays", "Suspensions, suppressions and destinations.", "short",
              [("sum by (instance, list) (kurir_board_unposted_notices{$S})",
                "{{instance}}: {{list}}"),
               ("(time() - max by (instance)"
                " (kurir_board_unposted_oldest_timestamp_seconds{$S} > 0)) / 60",
                "{{instance}}: minutes")]),
        graph("Size of the mail queued", "Bytes of the messages in a queue that is not shared.", "bytes",
              [("sum by (instance) (kurir_queue_size_bytes{$S})", "{{instance}}")]),
    ]),
    ("Outbound", [
        graph("Attempts by result", "One for each recipient and try.", PER_SECOND,
              rates("kurir_delivery_attempts_total", "result")),
        graph("Attempts not delivered, by cause", "What decided the result.", PER_SECOND,
              rates("kurir_delivery_attempts_total", "cause", ',result!="delivered"')),
        graph("Attempts by route", "And those of them that did not deliver.", PER_SECOND,
              [("sum by (route) (rate(kurir_route_attempts_total{$S}[$W]))", "{{route}}"),
               ('sum by (route) (rate(kurir_route_attempts_total{$S,result!="delivered"}[$W]))',
                "{{route}}: not delivered")]),
        graph("Attempts by destination", "Of the KURIR_METRICS_TOP_DESTINATIONS that have the most; "
              "the rest is other.", PER_SECOND,
              [("sum by (destination) (rate(kurir_top_destination_attempts_total{$S}[$W]))",
                "{{destination}}"),
               ("sum by (destination) (rate(kurir_top_destination_attempts_total"
                '{$S,result!="delivered"}[$W]))', "{{destination}}: not delivered")]),
        graph("An attempt takes", "From its start to the last reply.", "s",
              quantiles("kurir_delivery_attempt_duration_seconds")),
        graph("A stage takes (p95)", "Where the time of an attempt goes.", "s",
              quantiles("kurir_delivery_stage_duration_seconds", by="stage", levels=(0.95,))),
        graph("Connections", "To remote servers, open now.", "short",
              [("sum by (state) (kurir_outbound_connections{$S})", "{{state}}")], stacked=True),
        graph("Connections opened and used again", "Transactions over used connections save time.",
              PER_SECOND,
              [("sum by (result) (rate(kurir_outbound_connections_opened_total{$S}[$W]))",
                "opened: {{result}}"),
               ("sum(rate(kurir_outbound_connection_reuses_total{$S}[$W]))", "used again"),
               ("sum(rate(kurir_outbound_conversions_total{$S}[$W]))", "8-bit mail converted")]),
        graph("TLS to remote servers", "Connections by what the certificate is worth; in clear, and"
              " TLS that failed, by reason.", PER_SECOND,
              [("sum by (certificate) (rate(kurir_outbound_tls_total{$S}[$W]))",
                "TLS, certificate {{certificate}}"),
               ("sum(rate(kurir_outbound_tls_resumed_total{$S}[$W]))", "resumed"),
               ("sum by (reason) (rate(kurir_outbound_clear_total{$S}[$W]))",
                "in clear: {{reason}}"),
               ("sum by (reason) (rate(kurir_outbound_tls_failures_total{$S}[$W]))",
                "failed: {{reason}}")]),
        graph("Due mail had to wait, by reason", "What limits delivery.", PER_SECOND,
              rates("kurir_outbound_throttled_total", "reason")),
        graph("Put off for want of resources", "What this machine lacked.", PER_SECOND,
              rates("kurir_outbound_shortages_total", "resource")),
        graph("Destinations suspended", "Not answering; probed from time to time.", "short",
              [("sum by (instance) (kurir_destination_suspended{$S})", "{{instance}}"),
               ("sum by (instance) (kurir_relayhost_suspended{$S})", "{{instance}}: relayhost")]),
        graph("Logins to relayhosts", "By result; and those that fail now.", PER_SECOND,
              [("sum by (relayhost, result) (rate(kurir_relayhost_logins_total{$S}[$W])) > 0",
                "{{relayhost}}: {{result}}"),
               ("max by (relayhost) (kurir_relayhost_login_failing{$S}) > 0",
                "{{relayhost}} fails")]),
        graph("Tokens", "Of relayhosts with OAuth 2.0: how old they are, how long they live, and "
              "how long ago a request for one has failed.", "s",
              [("max by (relayhost) (kurir_relayhost_token_expiry_timestamp_seconds{$S} > 0)"
                " - time()", "{{relayhost}}: lives for"),
               ("time() - max by (relayhost)"
                " (kurir_relayhost_token_issued_timestamp_seconds{$S} > 0)", "{{relayhost}}: age"),
               ("time() - max by (relayhost)"
                " (kurir_relayhost_token_failure_timestamp_seconds{$S} > 0)",
                "{{relayhost}}: failed since")]),
        graph("Requests to token servers", "By result.", PER_SECOND,
              [("sum by (relayhost, result)"
                " (rate(kurir_relayhost_token_requests_total{$S}[$W])) > 0",
                "{{relayhost}}: {{result}}")]),
        graph("Families not reached", "1 while addresses of this IP family are tried last: this "
              "machine has no way to them.", "short",
              [("sum by (instance, family) (kurir_outbound_family_unreachable{$S})",
                "{{instance}}: {{family}}")]),
        graph("Attempts by recipient", "Until it was finished.", "short",
              quantiles("kurir_delivery_attempts_per_recipient")),
    ]),
    ("Bounces & failures", [
        graph("Failed permanently, by reason", "Recipients; each gets its sender a bounce.",
              PER_SECOND, rates("kurir_bounces_total", "reason")),
        graph("Not delivered, by stage", "Where in the dialogue.", PER_SECOND,
              rates("kurir_delivery_failures_total", "stage")),
        graph("Not delivered, by status", "Class and subject of the enhanced status code.",
              PER_SECOND, rates("kurir_delivery_failures_total", "enhanced")),
        graph("Notifications", "Bounces composed, and those that could not be delivered.",
              PER_SECOND,
              [("sum by (type) (rate(kurir_dsn_generated_total{$S}[$W]))", "{{type}}"),
               ("sum(rate(kurir_dsn_undeliverable_total{$S}[$W]))", "undeliverable")]),
        graph("May arrive twice", "The final reply of the remote server was lost.", PER_SECOND,
              [("sum(rate(kurir_delivery_ambiguous_total{$S}[$W]))", "ambiguous")]),
    ]),
    ("Inbound", [
        graph("Sessions", "Open now, and how many may be.", "short",
              [("sum(kurir_smtp_sessions_active{$S})", "open"),
               ("sum(kurir_smtp_sessions_limit{$S})", "limit")]),
        graph("Sessions opened and ended", "Ended, by reason.", PER_SECOND,
              [("sum(rate(kurir_smtp_sessions_total{$S}[$W]))", "opened"),
               ("sum by (reason) (rate(kurir_smtp_sessions_closed_total{$S}[$W]))", "{{reason}}")]),
        graph("A session takes", "From accept to close.", "s",
              quantiles("kurir_smtp_session_duration_seconds")),
        graph("Refusals by reason", "Replies 4xx and 5xx to clients.", PER_SECOND,
              rates("kurir_smtp_rejects_total", "reason")),
        graph("Refusals by stage", "Replies 4xx and 5xx to clients.", PER_SECOND,
              rates("kurir_smtp_rejects_total", "stage")),
        graph("Limits, neighbours, early talkers",
              "Whose limit; private addresses that may not relay; who did not wait for the greeting.",
              PER_SECOND,
              [("sum by (scope) (rate(kurir_rate_limited_total{$S}[$W]))", "limit: {{scope}}"),
               ("sum(rate(kurir_smtp_neighbours_denied_total{$S}[$W]))", "neighbours not admitted"),
               ("sum(rate(kurir_smtp_early_talkers_total{$S}[$W]))", "early talkers")]),
        graph("Permissions", "What clients may not send, by reason; clients stopped as a runaway.",
              PER_SECOND,
              [*rates("kurir_permission_refusals_total", "reason"),
               ("sum(rate(kurir_runaways_total{$S}[$W]))", "runaways that began"),
               ("sum(rate(kurir_quota_save_failures_total{$S}[$W]))", "counts not kept")]),
        graph("Suppression list", "Recipients that it kept from getting mail, by what became of them.",
              PER_SECOND,
              [*rates("kurir_suppressed_recipients_total", "outcome"),
               ("sum(rate(kurir_suppression_save_failures_total{$S}[$W]))", "list not kept")]),
        graph("Entries of the suppression list", "Without those of KURIR_SUPPRESSION_LIST.", "short",
              [("sum(kurir_suppression_entries{$S})", "entries")]),
        graph("Clients stopped as a runaway", "Now.", "short",
              [("sum(kurir_runaways_active{$S})", "stopped")]),
        graph("TLS with clients", "Sessions by version, those that resumed one, and failures.",
              PER_SECOND,
              [*rates("kurir_smtp_tls_handshakes_total", "version"),
               ("sum(rate(kurir_smtp_tls_resumed_total{$S}[$W]))", "resumed"),
               *rates("kurir_smtp_tls_failures_total", "reason")]),
        graph("Logins", "How they ended, the passwords and tokens that are being checked, and the "
              "keys by which tokens are.", PER_SECOND,
              [*rates("kurir_smtp_logins_total", "outcome"),
               ("sum(kurir_smtp_logins_checking{$S})", "being checked"),
               ("max(kurir_smtp_token_keys{$S})", "keys of tokens")]),
        graph("DKIM signatures", "Made, present already, and failed; messages not signed, by reason; "
              "those that wait, and keys.", PER_SECOND,
              [*rates("kurir_dkim_signatures_total", "result"),
               ("sum by (reason) (rate(kurir_dkim_unsigned_total{$S}[$W]))", "unsigned: {{reason}}"),
               ("sum(kurir_dkim_signing{$S})", "being signed"),
               ("sum by (algorithm) (kurir_dkim_keys{$S})", "keys: {{algorithm}}")]),
        graph("A signature takes", "From the end of a message, waiting included.", "s",
              quantiles("kurir_dkim_sign_duration_seconds")),
        graph("Proxies and certificates", "Clients that a proxy named, connections without a good PROXY "
              "header, and certificates that clients showed.", PER_SECOND,
              [*rates("kurir_smtp_clients_told_total", "by"),
               *rates("kurir_smtp_listener_sessions_total", "listener"),
               *rates("kurir_smtp_proxy_failures_total", "reason"),
               ("sum by (result) (rate(kurir_smtp_client_certificates_total{$S}[$W]))",
                "certificate: {{result}}")]),
        graph("Messages by listener and user", "Listeners and users that have a name; the rest is other.",
              PER_SECOND,
              [("sum by (listener) (rate(kurir_smtp_listener_messages_total{$S}[$W]))",
                "listener {{listener}}"),
               ("sum by (user) (rate(kurir_smtp_user_messages_total{$S}[$W]))", "user {{user}}"),
               ("sum by (user) (rate(kurir_smtp_user_recipients_total{$S}[$W]))",
                "recipients of user {{user}}")]),
        graph("Refusals by listener, failed logins by user", "Who has trouble, or is attacked.",
              PER_SECOND,
              [("sum by (listener) (rate(kurir_smtp_listener_rejects_total{$S}[$W]))",
                "listener {{listener}}"),
               ('sum by (user) (rate(kurir_smtp_user_logins_total{$S,outcome!="succeeded"}[$W]))',
                "logins of {{user}}")]),
        graph("Commands", "What clients say.", PER_SECOND,
              rates("kurir_smtp_commands_total", "command")),
        graph("Not accepted", "Connections lost before a session, by cause; what is odd in messages.",
              PER_SECOND,
              [("sum by (cause) (rate(kurir_smtp_accept_errors_total{$S}[$W]))", "{{cause}}"),
               ("sum(rate(kurir_messages_long_lines_total{$S}[$W]))", "with long lines"),
               ("sum(rate(kurir_messages_unknown_priority_total{$S}[$W]))", "unknown priority"),
               ("sum(rate(kurir_messages_repeated_total{$S}[$W]))", "sent again by key")]),
    ]),
    ("DNS", [
        graph("Queries by answer", "What name servers said.", PER_SECOND,
              rates("kurir_dns_queries_total", "result")),
        graph("A query takes (p95)", "Without what the cache answers.", "s",
              quantiles("kurir_dns_query_duration_seconds", by="type", levels=(0.95,))),
        graph("Answered by the cache", "Share of questions.", "percentunit",
              [('sum(rate(kurir_dns_cache_requests_total{$S,result="hit"}[$W]))'
                " / sum(rate(kurir_dns_cache_requests_total{$S}[$W]))", "hits")]),
    ]),
    ("Storage", [
        graph("A sync takes", "A batch and its fdatasync.", "s",
              quantiles("kurir_store_sync_duration_seconds")),
        graph("Requests that share a sync", "More load means larger batches, not more syncs.",
              "short",
              [("sum(rate(kurir_store_sync_batch_size_sum{$S}[$W]))"
                " / sum(rate(kurir_store_sync_batch_size_count{$S}[$W]))", "mean"),
               *quantiles("kurir_store_sync_batch_size", levels=(0.95,))]),
        graph("An operation takes (p99)", "Calls to the store.", "s",
              quantiles("kurir_store_operation_duration_seconds", by="op", levels=(0.99,))),
        graph("Trouble", "Anything but zero deserves a look at the log.", "short",
              [("sum by (op) (increase(kurir_store_errors_total{$S}[$W]))", "failed: {{op}}"),
               ("sum by (cause) (increase(kurir_store_reopens_total{$S}[$W]))",
                "reopened: {{cause}}"),
               ("sum(increase(kurir_store_wal_damage_total{$S}[$W]))", "log damaged"),
               ("sum(increase(kurir_queue_quarantined_records_total{$S}[$W]))", "quarantined"),
               ("sum(increase(kurir_queue_orphans_swept_total{$S}[$W]))", "orphans swept"),
               ("sum(increase(kurir_queue_claims_lost_total{$S}[$W]))", "claims lost"),
               ("sum(increase(kurir_queue_claims_expired_total{$S}[$W]))", "claims expired"),
               ("sum(increase(kurir_store_disconnects_total{$S}[$W]))", "database disconnected"),
               ("sum(increase(kurir_store_rollbacks_total{$S}[$W]))", "database rolled back"),
               ("sum(increase(kurir_store_replayed_results_total{$S}[$W]))", "results replayed"),
               ("sum by (end) (increase(kurir_store_doubtful_batches_total{$S}[$W]))",
                "in doubt: {{end}}"),
               ("count(kurir_store_connected{$S} == 0)", "relays without their database"),
               ("count(kurir_store_claiming{$S} == 0)", "relays that can't claim"),
               ("max(kurir_store_nodes{$S})", "relays that share the queue"),
               ("sum(increase(kurir_store_exchanges_total{$S}[$W]))", "words about clients"),
               ("sum(kurir_store_background_errors{$S})", "background errors"),
               ("sum(kurir_store_write_stopped{$S})", "writes stopped")]),
        graph("Size of the store", "Files, and what it keeps in memory.", "bytes",
              [("sum(kurir_store_size_bytes{$S})", "files"),
               ("sum(kurir_store_memtable_bytes{$S})", "memtables"),
               ("sum(kurir_store_block_cache_bytes{$S})", "block cache")]),
        graph("Compaction to do", "Bytes to rewrite; the rate that writes are slowed to, if they are.",
              "bytes",
              [("sum(kurir_store_pending_compaction_bytes{$S})", "pending"),
               ("sum(kurir_store_delayed_write_bytes_per_second{$S})", "slowed to (per second)")]),
        graph("Free space", "Of the file system that holds the queue.", "bytes",
              [("min by (instance) (kurir_filesystem_free_bytes{$S})", "{{instance}}"),
               ("max by (instance) (kurir_filesystem_min_free_bytes{$S})",
                "{{instance}}: mail is refused below")]),
        graph("Free inodes", "Files that can still be made.", "short",
              [("min by (instance) (kurir_filesystem_free_inodes{$S})", "{{instance}}")]),
    ]),
    ("Runtime", [
        graph("CPU", "Cores in use.", "short",
              [("sum by (instance) (rate(process_cpu_seconds_total{$S}[$W]))", "{{instance}}")]),
        graph("Memory", "Resident.", "bytes",
              [("sum by (instance) (process_resident_memory_bytes{$S})", "{{instance}}")]),
        graph("File descriptors", "Open, and how many may be.", "short",
              [("sum(process_open_fds{$S})", "open"), ("sum(process_max_fds{$S})", "limit")]),
        graph("Event loop late by", "Timers of the I/O threads.", "s",
              quantiles("kurir_event_loop_lag_seconds")),
        graph("Log", "Events by level, and those lost.", PER_SECOND,
              [*rates("kurir_log_messages_total", "level"),
               ("sum(rate(kurir_log_dropped_total{$S}[$W]))", "lost"),
               ("sum(rate(kurir_history_dropped_total{$S}[$W]))", "lost for kurir trace")]),
        stat("Configuration read", "How long ago, at the start or by a reload.", "s",
             "time() - min(kurir_config_reloaded_timestamp_seconds{$S})"),
        graph("Configuration reloads", "By result.", "short",
              [("sum by (result) (increase(kurir_config_reloads_total{$S}[$W]))", "{{result}}")]),
        stat("Certificate expires", "In how long the first of our certificates does.", "s",
             "min(kurir_tls_certificate_expiry_timestamp_seconds{$S} > 0) - time()"),
        graph("Certificate reloads", "By result.", "short",
              [("sum by (result) (increase(kurir_tls_reloads_total{$S}[$W]))", "{{result}}")]),
        graph("Files with a mistake", "1 while the last good version is used.", "short",
              [("max by (what) (kurir_reload_failing{$S})", "{{what}}"),
               ("sum by (what) (increase(kurir_reload_failures_total{$S}[$W]))",
                "{{what}}: new mistakes")]),
        graph("HTTP requests", "To the metrics and the probes.", PER_SECOND,
              [("sum by (handler, code) (rate(kurir_http_requests_total{$S}[$W]))",
                "{{handler}} {{code}}")]),
        graph("A scrape gathers for", "By what is gathered.", "s",
              [("max by (collector) (kurir_collector_duration_seconds{$S})", "{{collector}}")]),
        graph("Threads", "Of the process.", "short",
              [("sum by (instance) (process_threads{$S})", "{{instance}}")]),
    ]),
]


def variable(name, label, query):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE,
            "query": query, "definition": query, "refresh": 2, "multi": True, "includeAll": True,
            "allValue": ".+", "current": {"text": "All", "value": "$__all"}, "sort": 1}


def laid_out(rows):
    """Rows and panels with their places: small ones six to a line, others three."""
    panels, y = [], 0
    for title, members in rows:
        panels.append({"type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}})
        y += 1
        small = members[0]["type"] == "stat"
        width, height = (4, 4) if small else (8, 8)
        per_line = 24 // width
        for index, panel in enumerate(members):
            place = {"h": height, "w": width, "x": index % per_line * width,
                     "y": y + index // per_line * height}
            panels.append({**panel, "gridPos": place})
        y += -(-len(members) // per_line) * height
    return [{"id": index + 1, **panel} for index, panel in enumerate(panels)]


def dashboard():
    return {
        "id": None, "uid": "kurir-overview", "title": "Kurir: overview", "tags": ["kurir", "mail"],
        "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1,
        "refresh": "30s", "time": {"from": "now-6h", "to": "now"}, "timezone": "utc",
        "annotations": {"list": [{
            "name": "Restarts", "datasource": DATASOURCE, "enable": True, "iconColor": "orange",
            "expr": "changes(process_start_time_seconds{" + SELECTORS + "}[1m]) > 0",
            "titleFormat": "{{instance}} started"}]},
        "templating": {"list": [
            {"name": "datasource", "label": "Data source", "type": "datasource",
             "query": "prometheus", "refresh": 1},
            variable("job", "Job", "label_values(kurir_build_info, job)"),
            variable("instance", "Instance", 'label_values(kurir_build_info{job=~"$job"}, instance)'),
        ]},
        "panels": laid_out(ROWS),
    }


def main():
    text = json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text() != text:
            sys.exit(f"{FILE.name} is not what {pathlib.Path(__file__).name} writes; run it")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        FILE.write_text(text)


if __name__ == "__main__":
    main()
