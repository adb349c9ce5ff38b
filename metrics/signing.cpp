#include "metrics/signing.hpp"

namespace kurir::metrics {

signing::signing(registry& target)
    : dkim_signatures_total(
          target,
          {"dkim_signatures_total",
           "DKIM signatures wanted, by algorithm and result; present: the message had one by the "
           "same key."}
      ),
      dkim_unsigned_total(
          target, {"dkim_unsigned_total", "Messages not signed although there are keys, by reason."}
      ),
      dkim_sign_duration_seconds(
          target,
          {"dkim_sign_duration_seconds",
           "Time from the end of a message until its signatures are made, waiting included.",
           buckets::io_to_30s}
      ),
      dkim_signing(
          target,
          {"dkim_signing", "Messages whose signatures are being made, or wait for a thread."}
      ),
      dkim_keys(target, {"dkim_keys", "Keys of KURIR_DKIM_KEY_DIR in use, by algorithm."}) {}

}  // namespace kurir::metrics
