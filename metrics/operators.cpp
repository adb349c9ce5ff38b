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
      ) {}

}  // namespace kurir::metrics
