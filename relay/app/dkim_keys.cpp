#include "relay/app/dkim_keys.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "relay/app/named_file.hpp"
#include "relay/dkim/key_folder.hpp"
#include "relay/log/log.hpp"

namespace kurir::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* setting = "KURIR_DKIM_KEY_DIR";
constexpr int depth_max = 3;  // keys/DOMAIN/SELECTOR.pem

// All files below a folder, and the folders.
class listing {
public:
    explicit listing(fs::path root) : root_(std::move(root)) { list(root_, 1); }

    std::vector<std::string> files;  // relative to the folder
    std::vector<std::string> folders;
    config::problems mistakes;

private:
    void list(const fs::path& folder, int depth) {
        folders.push_back(folder.string());
        std::error_code failed;
        for (fs::directory_iterator each(folder, failed);
             !failed && each != fs::directory_iterator();
             each.increment(failed)) {
            const auto& path = each->path();
            if (path.filename().string().starts_with('.')) continue;
            std::error_code unknown;
            if (!fs::is_directory(path, unknown)) {
                files.push_back(path.lexically_relative(root_).string());
            } else if (depth < depth_max) {
                list(path, depth + 1);
            }
        }
        if (failed) {
            mistakes.push_back(
                complaint(setting, folder.string(), "can't be read: " + failed.message())
            );
        }
    }

    const fs::path root_;
};

base::result<dkim::key_text, std::string> read_key(const fs::path& path) {
    auto file = read_named_file(path.string());
    if (!file.wrong.empty()) return {boost::system::in_place_error, std::move(file.wrong)};
    return dkim::key_text{.text = std::move(file.text), .exposed = is_exposed(file.standing)};
}

dkim::key_wishes wishes_of(const config::dkim_signing& wanted) {
    dkim::key_wishes wishes{.selector = wanted.selector, .domains = {}};
    for (const auto& each : wanted.domains)
        wishes.domains.push_back({.domain = each.domain, .selector = each.selector});
    return wishes;
}

std::string line_of(const dkim::key_complaint& each) {
    return std::string(setting) + ": " + each.sentence();
}

std::optional<std::chrono::seconds> lifetime_of(const config::dkim_signing& wanted) {
    if (wanted.lifetime == config::duration()) return std::nullopt;
    return std::chrono::ceil<std::chrono::seconds>(wanted.lifetime);
}

// What is wrong with the keys as a whole; empty: nothing.
std::string fault_of(const dkim::key_ring& ring, const config::dkim_signing& wanted) {
    if (ring.empty()) {
        return complaint(
            setting, wanted.key_dir, "has no keys; kurir dkim generate DOMAIN makes one"
        );
    }
    const auto& fallback = wanted.default_domain;
    if (fallback.empty() || !ring.keys_of(fallback).empty()) return {};
    return "KURIR_DKIM_DEFAULT: '" + fallback + "' has no key";
}

}  // namespace

std::string dkim_folder(const config::config& config) {
    const auto path = fs::absolute(config.dkim.key_dir).lexically_normal();
    return (path.has_filename() ? path : path.parent_path()).string();
}

dkim_reading read_dkim_keys(const config::config& config) {
    const auto& wanted = config.dkim;
    if (!wanted.given()) return {};
    const fs::path folder = dkim_folder(config);
    listing found(folder);
    dkim_reading read{.mistakes = std::move(found.mistakes), .watched = std::move(found.folders)};
    if (!read.mistakes.empty()) return read;
    for (const auto& each : found.files) {
        if (dkim::is_key_file(each)) read.watched.push_back((folder / each).string());
    }
    const auto reader = [&](const std::string& path) { return read_key(folder / path); };
    auto keys = dkim::read_keys(std::move(found.files), reader, wishes_of(wanted));
    for (const auto& each : keys.mistakes)
        read.mistakes.push_back(line_of(each));
    for (const auto& each : keys.warnings)
        read.warnings.push_back(line_of(each));
    read.ring = std::move(keys.ring);
    if (!read.mistakes.empty()) return read;
    if (auto fault = fault_of(read.ring, wanted); !fault.empty()) {
        read.mistakes.push_back(std::move(fault));
    } else {
        read.signer = std::make_shared<const dkim::message_signer>(
            read.ring, wanted.default_domain, lifetime_of(wanted)
        );
    }
    return read;
}

bool dkim_keys::begin() {
    return account_.begun(load());
}

void dkim_keys::reload(reload_cause cause) {
    if (desk_ == nullptr) return;
    auto problems = load();
    if (problems.empty()) {
        account_.succeeded();
    } else {
        account_.failed(std::move(problems), cause);
    }
}

config::problems dkim_keys::load() {
    if (desk_ == nullptr) return {};
    auto read = read_dkim_keys(config_);
    files_.clear();
    for (auto& path : read.watched)
        files_.push_back({.path = std::move(path), .setting = setting});
    if (!read.mistakes.empty()) return std::move(read.mistakes);
    for (const auto& each : read.warnings)
        log::event(log::level::warning, "dkim_keys").with("what", "warning").with("problem", each);
    const auto& ring = read.signer->ring();
    log::event(log::level::notice, "dkim_keys")
        .with("what", "loaded")
        .with("rsa", ring.count(dkim::algorithm::rsa))
        .with("ed25519", ring.count(dkim::algorithm::ed25519));
    desk_->use(std::move(read.signer));
    return {};
}

}  // namespace kurir::app
