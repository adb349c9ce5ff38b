#include "relay/app/sendmail.hpp"

#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "relay/app/control_room.hpp"
#include "relay/app/queue_commands.hpp"
#include "relay/app/sendmail_message.hpp"
#include "relay/app/sendmail_options.hpp"
#include "relay/app/submission_client.hpp"
#include "relay/base/text.hpp"
#include "relay/config/single_setting.hpp"

namespace kurir::app {

namespace {

int sendmail_failed(const std::string& why, int status) {
    std::fputs(("sendmail: " + why + '\n').c_str(), stderr);
    return status;
}

// Nothing after the mistakes were printed.
std::optional<config::config> setting_alone(std::string_view name, char** environ) {
    auto outcome = config::parse_alone(name, config::environment_of(environ), config::this_host());
    if (auto* wrong = std::get_if<config::problems>(&outcome)) {
        for (const auto& each : *wrong)
            sendmail_failed(each, EX_CONFIG);
        return std::nullopt;
    }
    return std::move(std::get<config::config>(outcome));
}

// "host:port", "[::1]:2525", "host".
relay_place place_of(std::string_view text) {
    const auto colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
    auto host = text.substr(0, has_port ? colon : text.size());
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {std::string(host), has_port ? std::string(text.substr(colon + 1)) : "2525"};
}

struct system_user {
    std::string name;
    std::string full_name;
};

system_user this_user() {
    constexpr std::size_t texts_max = 16384;
    std::vector<char> texts(texts_max);
    passwd entry{};
    passwd* found = nullptr;
    getpwuid_r(geteuid(), &entry, texts.data(), texts.size(), &found);
    if (found == nullptr) return {"user" + std::to_string(geteuid()), {}};
    const std::string_view full = found->pw_gecos == nullptr ? "" : found->pw_gecos;
    return {found->pw_name, std::string(full.substr(0, full.find(',')))};
}

// All of standard input, but no more than a byte over `most`. Nothing if it can't be read.
std::optional<std::string> read_input(std::uint64_t most) {
    std::string all;
    std::array<char, 65536> bytes{};
    while (all.size() <= most) {
        const auto count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        all.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return all;
}

int send_input(const sendmail_options& options, const relay_place& relay, std::uint64_t size_max) {
    const auto input = read_input(size_max);
    if (!input) return sendmail_failed("standard input can't be read", EX_IOERR);
    if (input->size() > size_max) {
        return sendmail_failed(
            "the message is larger than KURIR_MAX_MESSAGE_SIZE, " + std::to_string(size_max),
            EX_DATAERR
        );
    }
    submitted_message message{
        .sender = {},
        .recipients = options.recipients,
        .text = message_lines(*input, options.dot_ends),
        .notify = options.notify,
        .return_part = options.return_part,
        .envelope_id = options.envelope_id,
        .verbose = options.verbose,
    };
    if (options.reads_recipients) {
        auto named = recipients_in(message.text);
        if (!named.readable)
            return sendmail_failed("To, Cc or Bcc has no list of addresses", EX_DATAERR);
        for (auto& each : named.addresses)
            message.recipients.push_back(std::move(each));
        message.text = without_blind_copies(message.text);
    }
    if (message.recipients.empty()) return sendmail_failed("there is no recipient", EX_USAGE);
    const auto user = this_user();
    message.sender = options.sender.value_or(user.name);
    const auto& author = message.sender.empty() ? user.name : message.sender;
    const auto& name =
        options.full_name.empty() && !options.sender ? user.full_name : options.full_name;
    message.text = with_author(std::move(message.text), name, author);
    const auto end = submit(relay, message);
    return end.status == EX_OK ? EX_OK : sendmail_failed(end.trouble, end.status);
}

}  // namespace

std::string local_relay(const std::vector<config::listen_address>& listeners) {
    for (const auto& each : listeners) {
        const auto& profile = each.profile;
        if (profile.used_tls() == config::listener_tls::implicit ||
            profile.used_auth() == config::listener_auth::require || !profile.proxies.empty())
            continue;
        auto endpoint = each.endpoint;
        if (endpoint.address().is_unspecified()) {
            // What takes IPv6 alone has no IPv4 loopback; a port alone always has that.
            const bool only_v6 = endpoint.address().is_v6() && !each.dual_stack && !each.any_family;
            if (only_v6) {
                endpoint.address(boost::asio::ip::address_v6::loopback());
            } else {
                endpoint.address(boost::asio::ip::address_v4::loopback());
            }
        }
        const auto host = endpoint.address().to_string();
        const auto shown = endpoint.address().is_v6() ? '[' + host + ']' : host;
        return shown + ':' + std::to_string(endpoint.port());
    }
    return {};
}

int run_sendmail(std::span<const std::string_view> arguments, char** environ) {
    std::signal(SIGPIPE, SIG_IGN);
    const auto options = read_sendmail_options(arguments);
    if (!options) return sendmail_failed(options.error(), EX_USAGE);
    if (options->task == sendmail_options::mode::list) {
        const auto queue = setting_alone("KURIR_QUEUE_DIR", environ);
        if (!queue) return EX_CONFIG;
        return list_queue({.relay = {admin_socket(queue->queue_dir)}});
    }
    auto place = options->relay;
    if (place.empty()) {
        const auto listeners = setting_alone("KURIR_LISTEN", environ);
        if (!listeners) return EX_CONFIG;
        place = local_relay(listeners->listen);
    }
    if (place.empty()) {
        return sendmail_failed(
            "KURIR_LISTEN has no address that takes mail in clear and without a login; name one "
            "by --relay HOST:PORT",
            EX_CONFIG
        );
    }
    if (options->task == sendmail_options::mode::session) {
        const auto end = pass_session(place_of(place));
        return end.status == EX_OK ? EX_OK : sendmail_failed(end.trouble, end.status);
    }
    const auto size = setting_alone("KURIR_MAX_MESSAGE_SIZE", environ);
    if (!size) return EX_CONFIG;
    return send_input(*options, place_of(place), size->max_message_size);
}

}  // namespace kurir::app
