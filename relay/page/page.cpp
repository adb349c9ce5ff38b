#include "relay/page/page.hpp"

#include <string>

#include "relay/page/embedded.hpp"

namespace kurir::page {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

boost::asio::awaitable<admin::answer> file(
    const embedded_file& wanted, const admin::request& asked
) {
    admin::answer made;
    made.content_type = wanted.content_type;
    made.fields = {
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy", std::string(policy)},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"ETag", std::string(wanted.etag)},
        {"Referrer-Policy", "no-referrer"},
    };
    if (asked[http::field::if_none_match] == wanted.etag) {
        made.status = http::status::not_modified;
    } else {
        made.body = wanted.content;
    }
    co_return made;
}

}  // namespace

std::vector<admin::endpoint> endpoints() {
    std::vector<admin::endpoint> all;
    for (const auto& each : embedded_files()) {
        all.push_back(
            {.path = each.path,
             .method = http::verb::get,
             .handle =
                 [&each](const admin::request& asked, const admin::path_words&) {
                     return file(each, asked);
                 },
             .label = metrics::http_handler::api,
             .needs = admin::endpoint::access::none}
        );
    }
    return all;
}

}  // namespace kurir::page
