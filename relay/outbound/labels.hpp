// What outbound calls things, as the labels of its metrics: the one place where the two meet. The
// texts of the labels are those of the log, too.
//
// An enum that gets a value which its label lacks does not compile.
#pragma once

#include "metrics/labels.hpp"
#include "relay/outbound/bounce_class.hpp"
#include "relay/outbound/orders.hpp"
#include "relay/outbound/shortage.hpp"
#include "relay/outbound/verdict.hpp"

namespace kurir::outbound {

constexpr metrics::delivery_stage label_of(stage value) noexcept {
    return metrics::same_named<metrics::delivery_stage>(value);
}

constexpr metrics::delivery_cause label_of(cause value) noexcept {
    return metrics::same_named<metrics::delivery_cause>(value);
}

constexpr metrics::bounce_reason label_of(bounce_class value) noexcept {
    return metrics::same_named<metrics::bounce_reason>(value);
}

constexpr metrics::throttle_reason label_of(throttle value) noexcept {
    return metrics::same_named<metrics::throttle_reason>(value);
}

constexpr metrics::shortage label_of(shortage value) noexcept {
    return metrics::same_named<metrics::shortage>(value);
}

}  // namespace kurir::outbound
