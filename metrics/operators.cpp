#include "metrics/operators.hpp"

namespace kurir::metrics {

operators::operators(registry& target)
    : operator_suspensions(
          target,
          {"operator_suspensions", "Suspensions by operators that stand: kurir suspensions."}
      ),
      operator_suspension_oldest_timestamp_seconds(
          target,
          {"operator_suspension_oldest_timestamp_seconds",
           "When the suspension by an operator began that stands longest; 0 when there is none."}
      ),
      board_unposted_notices(
          target,
          {"board_unposted_notices",
           "What was decided here and other relays of the queue don't know yet."}
      ),
      board_unposted_oldest_timestamp_seconds(
          target,
          {"board_unposted_oldest_timestamp_seconds",
           "When that was decided of it which waits longest; 0 when there is none."}
      ),
      handed_over_messages_total(
          target,
          {"handed_over_messages_total", "Messages handed over to the relay of KURIR_HANDOVER."}
      ),
      handover_marked_messages(
          target,
          {"handover_marked_messages",
           "Messages that may be at another relay, which has to say so: held until then."}
      ),
      adopted_messages_total(
          target, {"adopted_messages_total", "Messages taken from queue folders in KURIR_ADOPT."}
      ) {}

}  // namespace kurir::metrics
