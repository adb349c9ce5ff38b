// The version of the format that a queue on disk is written in, found before anything of it is
// changed.
//
// An upgrade is one write: the `format` key says this version from the first batch of a process on,
// before anything else is written, and records of earlier versions stay readable for good. So
// there is no moment at which a crash could leave half an upgrade.
#pragma once

#include <string>

#include "queue/database.hpp"
#include "queue/options.hpp"

namespace kurir::queue {

// Why this version must not touch the queue in `options.directory`; empty if it may, or if there is
// none. Only reads; a log that is damaged tells nothing here, but `foreign_format(database)` later.
std::string foreign_format(const store_options& options);

// The same of one that is open, after a damaged log was salvaged.
std::string foreign_format(const database& in);

}  // namespace kurir::queue
