// That KURIR_CAPTURE keeps mail, or until when it did: a file in the queue folder.
//
// Captured mail must not expire when delivery begins, however long it was kept. So its time in the
// queue counts from the first start without the setting, and the file says when that was.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/message.hpp"
#include "relay/config/config.hpp"

namespace kurir::app {

// From when lifetimes count, by the text of the file (nothing: there is none) at a start without
// the setting. Text that can't be understood means that mail was kept. Pure.
queue::time_point lifetimes_after(const std::optional<std::string>& record, queue::time_point now);

// The text of the file after that. Pure.
std::string capture_record_of(queue::time_point lifetimes_from);

// The same by the file; the beginning of time if nothing was captured, or while it is. `now`: of
// the queue's clock, which is right when the store has been opened.
queue::time_point lifetimes_from(const config::config& config, queue::time_point now);

// Writes the file, if there is something to remember; false if that fails. The folder must be ours.
bool keep_capture_record(const config::config& config);

}  // namespace kurir::app
