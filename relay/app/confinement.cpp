#include "relay/app/confinement.hpp"

#include <boost/algorithm/string/join.hpp>

#include <filesystem>
#include <system_error>

#include "queue/rocks/folder.hpp"
#include "relay/log/log.hpp"

namespace kurir::app {

std::optional<sandbox::account> confine(const config::config& config, bool checked) {
    if (!config.sandbox || !queue::take_folder(config.queue_dir).why_not.empty()) {
        return std::nullopt;
    }
    sandbox::plan plan{
        .writable = {config.queue_dir},
        .limits_folders = !config.core_dumps,
        .checked = checked,
    };
    std::error_code unknown;
    const bool adopts = std::filesystem::is_directory(config.adopt, unknown);
    if (adopts) plan.writable.push_back(config.adopt);
    auto made = sandbox::enter(plan);
    if (!adopts && !config.adopt.empty() && made.folders) {
        made.why_not.push_back(
            config.adopt.string() +
            " (KURIR_ADOPT) is no folder: what comes there later can be adopted after a restart"
        );
    }
    return made;
}

void tell(const std::optional<sandbox::account>& confined) {
    if (!confined) return;
    const auto why_not = boost::algorithm::join(confined->why_not, "; ");
    auto line = log::event(log::level::info, "lifecycle");
    line.with("what", "sandbox")
        .with("calls_limited", confined->calls)
        .with("folders_limited", confined->folders);
    if (!why_not.empty()) line.with("why_not", why_not);
}

}  // namespace kurir::app
