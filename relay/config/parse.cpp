#include "relay/config/parse.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/families.hpp"
#include "relay/config/interpret.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/other_images.hpp"
#include "relay/config/secrets.hpp"
#include "relay/config/service_links.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view prefix = "KURIR_";

const std::string* value_in(const environment& variables, const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() || found->second.empty() ? nullptr : &found->second;
}

void drop_newline(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

class parser {
public:
    parser(const environment& variables, const host& machine, const catalogue& known)
        : variables_(variables),
          machine_(machine),
          known_(known),
          taken_(values_of_other_images(variables, machine, known)),
          service_links_(taken_.service_links),
          problems_(taken_.mistakes) {}

    std::variant<loaded, problems> parse() {
        for (const auto& each : known_.settings)
            add(each);
        for (const auto& each : known_.families)
            add_members(each);
        for (const auto& [name, value] : variables_) {
            if (!name.starts_with(prefix)) continue;
            if (is_service_link(name, value)) {
                service_links_.push_back(name);
            } else if (!is_known(name)) {
                unknown_.push_back(unknown(name));
            }
        }
        auto made = interpret(entries_, machine_, std::move(problems_));
        if (auto* wrong = std::get_if<problems>(&made)) {
            name_origins(*wrong, taken_);
            std::ranges::move(unknown_, std::back_inserter(*wrong));
            return std::move(*wrong);
        }
        if (!unknown_.empty()) return unknown_;
        loaded all{
            .config = std::get<config>(std::move(made)),
            .entries = std::move(entries_),
            .warnings = {},
            .notices = {},
        };
        all.warnings = warnings_about(all.config);
        std::ranges::move(taken_.hints, std::back_inserter(all.warnings));
        all.notices = std::move(taken_.notices);
        if (!service_links_.empty()) all.notices.push_back(about_service_links());
        return all;
    }

private:
    // True if it is the full name of a setting.
    bool is_single(std::string_view name) const {
        return std::ranges::any_of(known_.settings, [&](const setting& each) {
            return name == each.name ||
                   (name.starts_with(each.name) && name.substr(each.name.size()) == file_suffix);
        });
    }

    bool is_known(std::string_view name) const {
        return is_single(name) || std::ranges::any_of(known_.families, [&](const family& each) {
                   return name_in_family(each, name).has_value();
               });
    }

    std::string unknown(const std::string& name) const {
        if (const auto hint = hint_for_name(std::string_view(name).substr(prefix.size()), known_);
            !hint.empty()) {
            return name + " is no setting; " + hint;
        }
        std::vector<std::string> names;
        for (const auto& each : known_.settings)
            names.push_back(each.name);
        for (const auto& each : known_.families)
            std::ranges::move(candidates_in_family(each, name), std::back_inserter(names));
        for (std::size_t at = 0, count = names.size(); at < count; ++at)
            names.push_back(names[at] + std::string(file_suffix));
        const auto nearest = nearest_name(name, names);
        return name + " is no setting" + (nearest.empty() ? "" : "; did you mean " + nearest + "?");
    }

    void add(const setting& row) {
        auto [text, origin] = find(row);
        entries_.push_back({row, std::move(text), std::move(origin)});
    }

    void add_members(const family& family) {
        auto variables = variables_;
        std::erase_if(variables, [this](const auto& each) {
            return is_single(each.first) || is_service_link(each.first, each.second);
        });
        for (const auto& name : names_in_family(family, variables)) {
            const auto first = entries_.size();
            for (const auto& each : family.rows(name))
                add(each);
            const auto is_set = [](const entry& each) {
                return each.origin.given_by != source::kind::standard;
            };
            const auto found =
                std::find_if(entries_.begin() + std::ptrdiff_t(first), entries_.end(), is_set);
            if (found == entries_.end() || is_set(entries_[first])) continue;
            problems_.push_back(
                entries_[first].row.name + " is not set, but " + found->row.name + " is"
            );
        }
    }

    // The configured value of a setting; its default if there is none, or if it can't be read.
    std::pair<std::string, source> find(const setting& row) {
        const auto& name = row.name;
        const auto file_name = name + std::string(file_suffix);
        const auto* value = value_in(variables_, name);
        if (value != nullptr &&
            (is_service_link(name, *value) || base::trimmed(*value, base::white_space).empty())) {
            value = nullptr;
        }
        const auto* path = value_in(variables_, file_name);
        if (value != nullptr && path != nullptr) {
            problems_.push_back(name + " and " + file_name + " are both set; keep one");
        } else if (value != nullptr) {
            return {
                std::string(base::trimmed(*value, base::white_space)),
                {.given_by = source::kind::variable}
            };
        } else if (path != nullptr) {
            auto text = machine_.read(*path);
            if (text) {
                drop_newline(*text);
                return {std::move(*text), {.given_by = source::kind::file, .path = *path}};
            }
            problems_.push_back(
                file_name + " names '" + without_secrets(*path) + "', which can't be read" +
                std::string(advice_on(*path))
            );
        }
        if (const auto taken = taken_.by_setting.find(name); taken != taken_.by_setting.end()) {
            return {taken->second.text, taken->second.origin};
        }
        return {std::string(row.default_text), {}};
    }

    std::string about_service_links() const {
        const auto more = service_links_.size() - 1;
        return service_links_.front() +
               (more == 0 ? std::string() : " and " + std::to_string(more) + " more variables") +
               (more == 0 ? " is" : " are") +
               " ignored: Kubernetes sets such for a Service of that name; enableServiceLinks: "
               "false in the pod leaves them out";
    }

    const environment& variables_;
    const host& machine_;
    const catalogue& known_;
    taken_values taken_;
    std::vector<std::string> service_links_;
    std::vector<entry> entries_;
    problems problems_;
    problems unknown_;  // reported last
};

}  // namespace

std::variant<loaded, problems> parse(
    const environment& variables, const host& machine, const catalogue& known
) {
    std::map<std::string, std::string> files;
    auto recording = machine;
    recording.read = [&](const std::filesystem::path& path) {
        auto text = machine.read(path);
        if (text) files.insert_or_assign(path.string(), *text);
        return text;
    };
    auto outcome = parser(variables, recording, known).parse();
    if (auto* all = std::get_if<loaded>(&outcome)) all->files = std::move(files);
    return outcome;
}

environment environment_of(char** environ) {
    environment variables;
    for (; environ != nullptr && *environ != nullptr; ++environ) {
        const std::string_view each = *environ;
        const auto equals = each.find('=');
        if (equals == std::string_view::npos) continue;
        variables.emplace(each.substr(0, equals), each.substr(equals + 1));
    }
    return variables;
}

}  // namespace kurir::config
