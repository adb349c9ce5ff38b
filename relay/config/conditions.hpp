// Conditions of rules about mail, as KURIR_ROUTES and the rules of rewriting have them:
//
//   to=*.corp.example,example.com from=@news.example user=billing tag=fast
//   client=10.20.0.0/16,2001:db8:20::/48
//
// They hold if each of them holds; one holds if one of its values matches. Domains and senders may
// be patterns (mail_patterns.hpp). Capitals don't matter, but in the names of users. Pure.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/config/network.hpp"

namespace kurir::config {

// What is known of the mail that rules are asked about. The texts belong to the caller.
struct mail_query {
    std::string_view domain = {};      // of the recipients
    std::string_view sender = {};      // the reverse-path, or only its domain; empty: the null one
    std::string_view credential = {};  // by which it was submitted; empty: none
    std::string_view tag = {};         // X-Kurir-Route; empty: none
    // Of the client, as permissions judge it; nothing: not known.
    std::optional<boost::asio::ip::address> client = {};
};

struct conditions {
    std::vector<std::string> recipients = {};  // patterns of domains; empty: any
    std::vector<std::string> senders = {};
    std::vector<std::string> users = {};
    std::vector<std::string> tags = {};
    network_set clients = {};  // empty: any, also one whose address is not known

    // Whether all hold but those on the tag.
    bool matches_envelope(const mail_query& query) const;
    bool matches(const mail_query& query) const;

    // As they are written, each with a blank behind it.
    std::string text() const;
};

// Whether `word` begins with a key and =, such as from=.
bool is_condition(std::string_view word);

// Reads `word`, a condition of a route, into `value`, or returns what is wrong with it, as the end
// of a sentence.
std::optional<std::string> read_condition(std::string_view word, conditions& value);

// Takes the conditions on the submission, from=, user= and client=, from the front of `text`. What
// is left has no blanks around it.
std::optional<std::string> take_submission_conditions(std::string_view& text, conditions& value);

// What is wrong with a pattern of senders: @example.com, *.example.com, an address, <> or *.
std::optional<std::string> check_sender_pattern(std::string_view text);

}  // namespace kurir::config
