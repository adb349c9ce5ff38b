#include "relay/config/settings_log.hpp"

#include "relay/config/kinds.hpp"
#include "relay/config/log_checks.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {

std::vector<setting> settings_of_log() {
    return {
        row({"KURIR_LOG_FORMAT",
             "auto",
             "How the log is written; auto: text on a terminal, else json. postfix: as Postfix "
             "writes it to syslog, for pflogsumm, fail2ban, crowdsec and others that read that."},
            &config::log_format,
            one_of({"auto", "json", "text", "postfix"})),
        row({"KURIR_LOG_LEVEL",
             "info",
             "The lowest level that is logged. notice leaves out sessions, attempts and received, "
             "and keeps the outcome for each recipient."},
            &config::log_level,
            one_of({"debug", "info", "notice", "warning|warn", "error|err"})),
        row({"KURIR_LOG_REDACT",
             "none",
             "Hides mail addresses in the log; domains stay. smart: j***oe@example.com, which who "
             "knows the address recognizes; hash: 16 hexadecimal digits instead of john.doe, the "
             "same in all lines about the address."},
            &config::log_redact,
            one_of({"none", "smart", "hash"})),
        secret(
            row({"KURIR_LOG_REDACT_KEY",
                 "",
                 "The key of KURIR_LOG_REDACT=hash, a secret: who has it can find out whether a "
                 "line is about an address. With another key the hashes are others. openssl rand "
                 "-base64 32 makes one."},
                &config::log_redact_key,
                redaction_key())
        ),
        row({"KURIR_METRICS_TOP_DESTINATIONS",
             "0",
             "How many destinations have a metric of their own, "
             "kurir_top_destination_attempts_total: those with the most mail. Whoever reads the "
             "metrics learns their names. 0: none."},
            &config::metrics_top_destinations,
            number("0", "100")),
    };
}

}  // namespace kurir::config
