// The format version of a queue on disk, read before anything in the queue is changed.
//
// An upgrade is one write: the first batch of a process sets the `format` key to this version,
// before anything else is written. Records of earlier versions stay readable forever. So no crash
// can leave half an upgrade.
#pragma once

#include <string>

#include "queue/rocks/database.hpp"
#include "queue/rocks/options.hpp"

namespace kurir::queue {

// Why this version must not touch the queue in `options.directory`; empty if it may, or if there is
// no queue. Only reads. If a log is damaged, the version is checked later by
// `foreign_format(database)`.
std::string foreign_format(const store_options& options);

// The same for an open database, after a damaged log was salvaged.
std::string foreign_format(const database& source);

}  // namespace kurir::queue
