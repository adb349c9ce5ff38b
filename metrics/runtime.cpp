#include "metrics/runtime.hpp"

namespace kurir::metrics {

runtime::runtime(registry& target)
    : build_info(
          target,
          {"build_info", "1, with the version and the compiler."},
          {{"version", KURIR_VERSION}, {"compiler", __VERSION__}}
      ),
      ready(target, {"ready", "1 while /readyz reports ready, else 0."}),
      draining(target, {"draining", "1 while the relay is shutting down, else 0."}),
      staging(
          target,
          {"staging",
           "1 while a setting keeps all mail from its recipients: KURIR_REDIRECT_ALL_TO or "
           "KURIR_CAPTURE."}
      ),
      event_loop_lag_seconds(
          target,
          {"event_loop_lag_seconds", "How late timers of the I/O threads fire.", buckets::loop}
      ),
      log_messages_total(target, {"log_messages_total", "Events logged."}),
      log_dropped_total(
          target, {"log_dropped_total", "Events lost because the log could not be written in time."}
      ),
      history_dropped_total(
          target,
          {"history_dropped_total", "Events that kurir trace won't find: they could not be written."
          }
      ),
      collector_duration_seconds(
          target,
          {"collector_duration_seconds", "Time that each collector took for the last scrape."}
      ),
      config_reloads_total(
          target, {"config_reloads_total", "Attempts to reload the configuration."}
      ),
      config_reloaded_timestamp_seconds(
          target,
          {"config_reloaded_timestamp_seconds",
           "When the configuration in effect was read: at the start, or at the last reload that "
           "succeeded."}
      ),
      tls_reloads_total(target, {"tls_reloads_total", "Attempts to load the certificates again."}),
      reload_failures_total(
          target,
          {"reload_failures_total", "New versions of files that have a mistake and are not used."}
      ),
      reload_failing(
          target,
          {"reload_failing",
           "1 while a file of this kind has a mistake and its last good version is used."}
      ),
      tls_certificate_expiry_timestamp_seconds(
          target,
          {"tls_certificate_expiry_timestamp_seconds",
           "When the first of the certificates in use expires; 0 without TLS."}
      ) {
    build_info.set(1);
}

}  // namespace kurir::metrics
