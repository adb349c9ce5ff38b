// A private key that signs mail. Immutable, cheap to copy, and shared by threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/dkim/algorithm.hpp"
#include "relay/dkim/public_key.hpp"

namespace kurir::dkim {

class signing_key {
public:
    // PEM, in PKCS #8 or the older form of OpenSSL. The error is the end of a sentence about the
    // file. This takes a millisecond, a signature less.
    static base::result<signing_key, std::string> read(const std::string& pem);

    algorithm kind() const noexcept;
    int bits() const noexcept;

    // True for RSA keys that are used still, but should be replaced.
    bool is_short() const noexcept;

    // What `p=` of its record publishes, not in base64.
    const std::string& published() const noexcept;

    // By which its signatures are checked. Lives as long as the key or a copy of it.
    const public_key& public_half() const noexcept;

    // SHA-256 of that in hexadecimal, for people to compare and for logs.
    std::string fingerprint() const;

    // The signature of a SHA-256 hash.
    std::string sign(std::string_view hash) const;

private:
    struct parts;
    explicit signing_key(std::shared_ptr<const parts> made) noexcept : parts_(std::move(made)) {}

    std::shared_ptr<const parts> parts_;
};

// The same of what a record publishes.
std::string fingerprint_of(std::string_view published);

}  // namespace kurir::dkim
