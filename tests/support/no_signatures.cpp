// Loaded before OpenSSL into the relay of a test: no signature can be made while the file exists
// that NO_SIGNATURES_WHILE names. Everything else is OpenSSL's.
#include <dlfcn.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>

namespace {

bool fails() {
    const char* const file = std::getenv("NO_SIGNATURES_WHILE");
    return file != nullptr && ::access(file, F_OK) == 0;
}

// OpenSSL's own function of this name.
template <typename function>
function* next(const char* name) {
    return reinterpret_cast<function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// RSA
extern "C" int EVP_PKEY_sign(
    void* context,
    unsigned char* made,
    std::size_t* size,
    const unsigned char* hash,
    std::size_t hash_size
) {
    static const auto sign = next<decltype(EVP_PKEY_sign)>("EVP_PKEY_sign");
    return fails() ? 0 : sign(context, made, size, hash, hash_size);
}

// Ed25519
extern "C" int EVP_DigestSign(
    void* context,
    unsigned char* made,
    std::size_t* size,
    const unsigned char* text,
    std::size_t text_size
) {
    static const auto sign = next<decltype(EVP_DigestSign)>("EVP_DigestSign");
    return fails() ? 0 : sign(context, made, size, text, text_size);
}
