// The settings for staging: mail that does not go to its recipients.
#pragma once

#include <vector>

#include "relay/config/kinds.hpp"
#include "relay/config/single_kinds.hpp"

namespace kurir::config {

inline std::vector<setting> staging_rows() {
    return {
        row({"KURIR_REDIRECT_ALL_TO",
             "",
             "For staging: all mail goes to this address instead of its recipients, who are named "
             "in X-Kurir-Original-To fields; so do bounces. Mail that is in the queue already "
             "keeps its recipients."},
            &config::redirect_all_to,
            mail_address()),
        row({"KURIR_CAPTURE",
             "off",
             "For staging: accept mail and keep it in the queue, where it does not expire, and "
             "deliver nothing. After a start with off it is delivered; its time in the queue is "
             "counted from that start."},
            &config::capture,
            on_or_off()),
    };
}

}  // namespace kurir::config
