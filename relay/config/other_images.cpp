#include "relay/config/other_images.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/config/foreign_names.hpp"
#include "relay/config/relayhost.hpp"
#include "relay/config/secrets.hpp"
#include "relay/config/service_links.hpp"
#include "relay/config/words.hpp"

namespace kurir::config {
namespace {

constexpr std::string_view our_relayhost = "KURIR_RELAYHOST";

bool is_of_relayhost(std::string_view setting) {
    return setting.size() > our_relayhost.size() && setting.starts_with(our_relayhost);
}

std::string hint_text(std::string_view hint) {
    return (hint.starts_with("KURIR_") && hint.find(' ') == std::string_view::npos ? "use " : "") +
           std::string(hint);
}

class reader {
public:
    reader(const environment& variables, const host& machine, const catalogue& known)
        : machine_(machine), known_(known) {
        for (const auto& [name, value] : variables) {
            auto text = std::string(base::trimmed(value, base::white_space));
            if (text.empty()) continue;
            if (is_service_link(name, text)) {
                links_.insert(name);
            } else {
                add_variable(name, std::move(text));
            }
        }
    }

    taken_values read() {
        for (const auto& row : aliases())
            take(row);
        leave_out_policy();
        for (auto& [setting, values] : given_)
            settle(setting, values);
        add_hints();
        for (const auto& name : links_) {
            if (!hint_for_foreign_name(name, known_).empty()) all_.service_links.push_back(name);
        }
        return std::move(all_);
    }

private:
    struct variable {
        std::string name;  // as it was given
        std::string text;
    };

    struct given_value {
        std::string names;
        taken_value value;
    };

    void add_variable(const std::string& name, std::string text) {
        const auto [at, added] = variables_.try_emplace(listed_name(name), variable{name, text});
        if (added || at->second.text == text) return;
        all_.mistakes.push_back(at->second.name + " and " + name + " disagree; keep one");
    }

    const variable* find(std::string_view name) const {
        const auto found = variables_.find(name);
        return found == variables_.end() ? nullptr : &found->second;
    }

    bool is_ours_set(const std::string& setting) const {
        return find(setting) != nullptr || find(setting + std::string(file_suffix)) != nullptr;
    }

    void take(const alias& row) {
        const auto file_name = std::string(row.name).append(file_suffix);
        const auto* plain = find(row.name);
        const auto* file = find(file_name);
        if (plain == nullptr && file == nullptr) return;
        const auto setting = setting_of(row);
        if (is_ours_set(setting)) {
            heard(plain, file);
            return;
        }
        if (!has_setting(known_, setting)) return;
        // A login for one relayhost is shown to no other: that of ours has variables of ours.
        if (is_of_relayhost(setting) && is_ours_set(std::string(our_relayhost))) return;
        heard(plain, file);
        if (plain != nullptr && file != nullptr) {
            all_.mistakes.push_back(
                std::string(row.name) + " and " + file_name + " are both set; keep one"
            );
        } else if (plain != nullptr && !gives_a_path(row)) {
            add(row, *plain, plain->text, {source::kind::variable, "", plain->name});
        } else {
            const auto& given = plain != nullptr ? *plain : *file;
            if (auto text = contents_of(given)) {
                add(row, given, *text, {source::kind::file, given.text, given.name});
            }
        }
    }

    void heard(const variable* plain, const variable* file) {
        if (plain != nullptr) heard_.insert(plain->name);
        if (file != nullptr) heard_.insert(file->name);
    }

    std::optional<std::string> contents_of(const variable& given) {
        auto text = machine_.read(given.text);
        if (!text) {
            all_.mistakes.push_back(
                given.name + " names '" + without_secrets(given.text) + "', which can't be read"
            );
            return std::nullopt;
        }
        return std::string(base::trimmed(*text, base::white_space));
    }

    void add(const alias& row, const variable& given, std::string_view text, source origin) {
        if (!row.unless.empty() && find(row.unless) != nullptr) return;
        auto value = row.translate(text);
        if (!value) return;
        auto names = given.name;
        if (const auto* port = row.port.empty() ? nullptr : find(row.port)) {
            *value = joined_place(std::move(*value), port->text);
            names += " with " + port->name;
            heard_.insert(port->name);
        } else {
            *value = joined_place(std::move(*value), row.usual_port);
        }
        auto& values = given_[setting_of(row)];
        values.push_back({std::move(names), {std::move(*value), std::move(origin)}});
    }

    // What is asked of TLS is asked of the MX hosts where there is no relayhost, and a scheme with
    // TLS asks for more.
    void leave_out_policy() {
        const auto servers = given_.find(std::string(our_relayhost));
        const auto has_tls = [](const given_value& each) {
            relayhost_list named;
            return !read_relayhosts(each.value.text, named) && contradicts(tls_policy::off, named);
        };
        if (servers == given_.end() || std::ranges::any_of(servers->second, has_tls)) {
            given_.erase(std::string(our_relayhost) + "_TLS");
        }
    }

    void settle(const std::string& setting, std::vector<given_value>& values) {
        std::string names;
        for (const auto& each : values) {
            names += (names.empty() ? "" : ", ") + each.names;
            if (each.value.text == values.front().value.text) continue;
            all_.mistakes.push_back(
                values.front().names + " and " + each.names + " disagree about " + setting +
                "; keep one, or set that"
            );
        }
        all_.notices.push_back(
            names + (values.size() == 1 ? " is" : " are") + " read as " + setting
        );
        all_.by_setting.emplace(setting, std::move(values.front().value));
    }

    void add_hints() {
        std::map<std::string, std::string> names;  // by hint
        for (const auto& [listed, given] : variables_) {
            const auto& name = given.name;
            if (name.starts_with("KURIR_") || heard_.contains(name)) continue;
            const auto hint = hint_for_foreign_name(name, known_);
            if (hint.empty() || is_ours_set(hint)) continue;
            auto& list = names[hint];
            list += (list.empty() ? "" : ", ") + name;
        }
        for (const auto& [hint, list] : names) {
            const auto* verb = list.find(',') == std::string::npos ? " is" : " are";
            all_.hints.push_back(list + verb + " not read: " + hint_text(hint));
        }
    }

    const host& machine_;
    const catalogue& known_;
    std::map<std::string, variable, std::less<>> variables_;  // with a value, by listed name
    std::set<std::string> links_;
    std::set<std::string> heard_;  // names of which nothing needs to be said
    std::map<std::string, std::vector<given_value>> given_;
    taken_values all_;
};

}  // namespace

taken_values values_of_other_images(
    const environment& variables, const host& machine, const catalogue& known
) {
    return reader(variables, machine, known).read();
}

void name_origins(problems& mistakes, const taken_values& taken) {
    for (auto& each : mistakes) {
        for (const auto& [setting, value] : taken.by_setting) {
            auto end = setting.size();
            if (!each.starts_with(setting)) continue;
            if (each.compare(end, file_suffix.size(), file_suffix) == 0) end += file_suffix.size();
            const auto next = each.substr(end, 1);
            if (next != ":" && next != " ") continue;  // of another setting
            each.insert(end, " (from " + value.origin.alias + ")");
            break;
        }
    }
}

std::string hint_for_name(std::string_view name, const catalogue& known) {
    constexpr foreign_name only_with_prefix[] = {
        {"PORT", "KURIR_LISTEN"},
        {"BIND", "KURIR_LISTEN"},
        {"LISTEN_PORT", "KURIR_LISTEN"},
        {"UPSTREAM", "KURIR_RELAYHOST"},
        {"TRUSTED_NETS", "KURIR_TRUSTED_NETWORKS"},
        {"ALLOWED_NETWORKS", "KURIR_TRUSTED_NETWORKS"},
        {"METRICS_PORT", "KURIR_HTTP_LISTEN"},
        {"HTTP_PORT", "KURIR_HTTP_LISTEN"},
        {"SSL_CERT", "KURIR_TLS_CERT"},
        {"SSL_KEY", "KURIR_TLS_KEY"},
    };
    // Those of a setting that Kurir may not have are answered as the variables of other images are.
    constexpr std::pair<std::string_view, std::string_view> same_as[] = {
        {"UPSTREAM_USERNAME", "RELAYHOST_USERNAME"},
        {"UPSTREAM_PASSWORD", "RELAYHOST_PASSWORD"},
        {"USERS", "MH_AUTH_FILE"},
        {"AUTH_USERS", "MH_AUTH_FILE"},
        {"TLS_POLICY", "OUTBOUND_TLS_LEVEL"},
        {"OUTBOUND_TLS", "OUTBOUND_TLS_LEVEL"},
    };
    const auto found = std::ranges::find(only_with_prefix, name, &foreign_name::name);
    if (found != std::end(only_with_prefix)) return hint_text(found->hint);
    const auto same = std::ranges::find(same_as, name, [](const auto& each) { return each.first; });
    const auto hint = hint_for_foreign_name(same == std::end(same_as) ? name : same->second, known);
    return hint.empty() ? "" : hint_text(hint);
}

}  // namespace kurir::config
