// The hash of a body in relaxed form, made while the body comes in.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "relay/dkim/canonical.hpp"

struct evp_md_ctx_st;

namespace kurir::dkim {

class body_hash {
public:
    body_hash();

    // The next bytes of the body, however it is divided.
    void add(std::string_view chunk);

    // SHA-256 of all of it, 32 bytes. Then the next body may begin.
    std::string finish();

private:
    struct deleter {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };

    void begin();

    relaxed_body body_;
    std::unique_ptr<evp_md_ctx_st, deleter> context_;
};

// Of a body that is all there.
std::string hash_of_body(std::string_view body);

}  // namespace kurir::dkim
