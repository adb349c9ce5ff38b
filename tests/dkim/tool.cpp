// Signs and verifies messages by files, for tests with the verifiers of others.
//
// usage: kurir_dkim_tool generate rsa|ed25519 [BITS]
//        kurir_dkim_tool record|zone SELECTOR DOMAIN KEY
//        kurir_dkim_tool sign DOMAIN (SELECTOR KEY)...  < message > signed message
//        kurir_dkim_tool verify KEY  < message      what is said of each signature, top down
//        kurir_dkim_tool bench       signatures and bytes of body in a second
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "relay/base/text.hpp"
#include "relay/dkim/body_hash.hpp"
#include "relay/dkim/key_generation.hpp"
#include "relay/dkim/key_record.hpp"
#include "relay/dkim/sign.hpp"
#include "relay/dkim/verify.hpp"
#include "relay/message/header_scan.hpp"

using namespace kurir;

namespace {

using arguments = std::vector<std::string>;

dkim::signing_key read_key(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string pem(std::istreambuf_iterator<char>(in), {});
    auto key = dkim::signing_key::read(pem);
    if (!key) throw std::runtime_error(path + " " + key.error());
    return *key;
}

// The parts of a message as the relay sees them.
struct parts {
    std::string_view header;
    std::string body_hash;
};

parts divided(std::string_view message) {
    message::header_scan scan;
    scan.finish(message);
    const auto& facts = scan.facts();
    dkim::body_hash hash;
    auto body = message.substr(facts.end);
    for (std::size_t size = 1; !body.empty(); size = size % 4099 * 3 + 1) {
        hash.add(body.substr(0, size));
        body.remove_prefix(std::min(size, body.size()));
    }
    return {message.substr(facts.begin, facts.end - facts.begin), hash.finish()};
}

std::string input() {
    return {std::istreambuf_iterator<char>(std::cin), {}};
}

void generate(const arguments& given) {
    const auto kind = given.at(1) == "rsa" ? dkim::algorithm::rsa : dkim::algorithm::ed25519;
    const auto bits = given.size() > 2 ? std::stoul(given[2]) : 2048;
    std::cout << dkim::generate_key(kind, static_cast<unsigned int>(bits));
}

void record(const arguments& given) {
    const auto key = read_key(given.at(3));
    std::cout << (given[0] == "zone" ? dkim::zone_line(given[1], given[2], key)
                                     : dkim::record_text(key))
              << '\n';
}

void sign(const arguments& given) {
    const auto message = input();
    const auto divided_message = divided(message);
    const auto digest = dkim::digest_of(divided_message.header, divided_message.body_hash);
    if (!digest) throw std::runtime_error("the message " + digest.error());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (std::size_t at = 2; at + 1 < given.size(); at += 2) {
        const dkim::signing_terms terms{
            .domain = given.at(1),
            .selector = given[at],
            .identity = "",
            .time = seconds,
            .lifetime = std::chrono::hours(24)
        };
        std::cout << dkim::sign(*digest, read_key(given[at + 1]), terms);
    }
    std::cout << message;
}

std::string_view text_of(dkim::verification said) {
    constexpr std::string_view texts[] = {
        "good", "syntax", "algorithm", "unsupported", "expired", "body", "signature"
    };
    return texts[static_cast<std::size_t>(said)];
}

void verify(const arguments& given) {
    const auto key = read_key(given.at(1));
    const auto message = input();
    const auto divided_message = divided(message);
    const auto fields = dkim::fields_of(divided_message.header);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    for (const auto& each : fields) {
        if (!base::equal_ignoring_case(each.name, "DKIM-Signature")) continue;
        const auto said =
            dkim::verify(each, fields, divided_message.body_hash, key.public_half(), seconds);
        std::cout << text_of(said) << '\n';
    }
}

// How often `work` is done in a second, tried for one.
template <class Work>
double rate(const Work& work) {
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    std::size_t count = 0;
    std::chrono::duration<double> elapsed{};
    while (elapsed < std::chrono::seconds(1)) {
        work();
        ++count;
        elapsed = clock::now() - start;
    }
    return static_cast<double>(count) / elapsed.count();
}

void bench(const arguments& /*given*/) {
    const std::string header =
        "From: a@b.example\r\nTo: c@d.example\r\nSubject: a test\r\nMessage-ID: <1@b.example>\r\n"
        "Date: Fri, 27 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n";
    const auto digest = dkim::digest_of(header, dkim::hash_of_body("text"));
    const dkim::signing_terms terms{
        .domain = "b.example", .selector = "x", .identity = "", .time = {}, .lifetime = {}
    };
    const auto say = [](std::string_view what_is_done, double times) {
        std::cout << what_is_done << ": " << static_cast<std::size_t>(times) << "/s\n";
    };
    for (const unsigned int bits : {2048U, 4096U}) {
        const auto key = dkim::signing_key::read(dkim::generate_key(dkim::algorithm::rsa, bits));
        say("RSA-" + std::to_string(bits) + " signatures",
            rate([&] { std::ignore = dkim::sign(*digest, *key, terms); }));
    }
    const auto key = dkim::signing_key::read(dkim::generate_key(dkim::algorithm::ed25519));
    say("Ed25519 signatures", rate([&] { std::ignore = dkim::sign(*digest, *key, terms); }));
    say("digests of a header",
        rate([&] { std::ignore = dkim::digest_of(header, digest->body_hash); }));
    constexpr std::size_t mib = 1024UL * 1024;
    std::string text;
    std::string base64;
    while (text.size() < mib) {
        text += "Words of usual length make up the lines of a text, and some are indented.\r\n  ";
        base64 += std::string(76, 'A') + "\r\n";
    }
    say("MiB of text hashed", rate([&] { std::ignore = dkim::hash_of_body(text); }));
    say("MiB of base64 hashed", rate([&] { std::ignore = dkim::hash_of_body(base64); }));
}

}  // namespace

int main(int count, char** values) {
    const arguments given(values + 1, values + count);
    const auto command = given.empty() ? "" : given.front();
    try {
        if (command == "generate") generate(given);
        if (command == "record" || command == "zone") record(given);
        if (command == "sign") sign(given);
        if (command == "verify") verify(given);
        if (command == "bench") bench(given);
    } catch (const std::exception& failed) {
        std::cerr << failed.what() << '\n';
        return 1;
    }
    return 0;
}
