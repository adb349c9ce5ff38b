// KURIR_SANDBOX: what the relay gives up before it starts another thread.
#pragma once

#include <optional>

#include "relay/config/config.hpp"
#include "relay/sandbox/sandbox.hpp"

namespace kurir::app {

// Nothing: it is off, or the queue folder can't be used, of which the store says more. The folder
// is made, because only what exists can be excepted. `checked`: a sanitizer watches the process.
std::optional<sandbox::account> confine(const config::config& config, bool checked);

// To the log, which must have been started.
void tell(const std::optional<sandbox::account>& confined);

}  // namespace kurir::app
