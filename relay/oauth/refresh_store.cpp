#include "relay/oauth/refresh_store.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "relay/base/open_file.hpp"
#include "relay/oauth/token_answer.hpp"
#include "relay/sasl/base64.hpp"
#include "relay/sasl/digest.hpp"

namespace kurir::oauth {

namespace json = boost::json;

namespace {

constexpr std::size_t file_max = 2 * token_size_max;

// Tells the clients of a configuration apart without holding their secrets.
std::string fingerprint(const token_client& client) {
    const auto text = client.url + '\n' + client.client_id + '\n' + client.refresh_token;
    return sasl::encode_base64(sasl::sha256(text));
}

std::string read_file(const std::filesystem::path& path) {
    const base::open_file file(path, O_RDONLY | O_NOFOLLOW);
    if (file.number < 0) return {};
    std::string text;
    std::array<char, 4096> room{};
    while (text.size() <= file_max) {
        const auto count = ::read(file.number, room.data(), room.size());
        if (count <= 0) break;
        text.append(room.data(), static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

std::filesystem::path refresh_store::path_of(const std::string& name) const {
    return folder_ / ("oauth-" + name + ".json");
}

std::string refresh_store::find(const std::string& name, const token_client& client) const {
    boost::system::error_code wrong;
    const auto value = json::parse(read_file(path_of(name)), wrong);
    if (wrong || !value.is_object()) return {};
    const auto& object = value.get_object();
    const auto* owner = object.if_contains("for");
    const auto* token = object.if_contains("refresh_token");
    if (owner == nullptr || !owner->is_string() || token == nullptr || !token->is_string()) {
        return {};
    }
    if (std::string_view(owner->get_string()) != fingerprint(client)) return {};
    return std::string(std::string_view(token->get_string()));
}

std::string refresh_store::keep(
    const std::string& name, const token_client& client, const std::string& refresh_token
) const {
    const auto text =
        json::serialize(json::object{{"for", fingerprint(client)}, {"refresh_token", refresh_token}}
        );
    const auto error = base::replace_file(path_of(name), text);
    return error ? error.message() : std::string();
}

}  // namespace kurir::oauth
