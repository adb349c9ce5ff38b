// Addresses that lack a full domain, and the local domain that completes them (KURIR_LOCAL_DOMAIN).
//
// A sender's bare host name is replaced: "www-data@3f2a1b4c5d6e" becomes "www-data@example.org",
// because servers refuse senders whose domain is not in the DNS (Postfix's masquerading does the
// same, and for senders only). A recipient's is completed as by a search list: "a@files" becomes
// "a@files.example.org", never another person's mailbox. For both, localhost and a missing domain
// mean the local domain itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kurir::smtp {

enum class address_role : std::uint8_t { sender, recipient };

// A domain that other hosts can use: with a dot, or an address literal, and not localhost.
bool is_full_domain(std::string_view domain) noexcept;

// `domain` itself if it is full; otherwise completed by `local_domain`. Empty if it lacks a domain
// and there is no local one.
std::string full_domain(std::string_view domain, std::string_view local_domain, address_role role);

}  // namespace kurir::smtp
