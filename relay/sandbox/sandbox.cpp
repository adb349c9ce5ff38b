#include "relay/sandbox/sandbox.hpp"

#include <utility>

#include "relay/sandbox/call_limits.hpp"
#include "relay/sandbox/folder_limits.hpp"

namespace kurir::sandbox {

account enter(const plan& plan) {
    account made;
    const auto keep = [&](bool& in_force, std::string why_not) {
        in_force = why_not.empty();
        if (!in_force) made.why_not.push_back(std::move(why_not));
    };
    // Landlock first: its own calls need not be among those that stay.
    if (plan.limits_folders) keep(made.folders, limit_folders(plan.writable, plan.checked));
    keep(made.calls, limit_calls(plan.checked));
    return made;
}

}  // namespace kurir::sandbox
