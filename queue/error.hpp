// What can go wrong in the queue.
#pragma once

#include <boost/system/error_code.hpp>

#include "relay/base/result.hpp"

namespace kurir::queue {

using base::result;

enum class errc {
    full = 1,   // low space or ENOSPC: answer 452 4.3.1 (decision 7)
    busy,       // backpressure of `append` only: pause and try again; never a failed write
    failed,     // a write or a sync failed: this call's data must count as not stored
    closed,     // the store is closed or being reopened
    not_found,  // no such message (it was settled or removed meanwhile)
    corrupt,    // the record does not decode; it was moved to quarantine
    lost,       // the claim is over: another owner has, or had, the delivery; nothing was written
    known,  // one of the names was given before (`submission::names_are_new`): nothing is stored
    newer,  // only a later version of the program understands the record: it is left alone
};

const boost::system::error_category& category() noexcept;

inline boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), category()};
}

}  // namespace kurir::queue

template <>
struct boost::system::is_error_code_enum<kurir::queue::errc> : std::true_type {};
