// The client's side of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS.
#include <cassert>
#include <utility>

#include "relay/sasl/base64.hpp"
#include "relay/sasl/client_exchange.hpp"
#include "relay/sasl/digest.hpp"
#include "relay/sasl/prepare.hpp"

namespace kurir::sasl {

namespace {

class client_scram final : public client_exchange {
public:
    client_scram(client_terms terms, bool bound) : terms_(std::move(terms)) {
        assert(is_scram_nonce(terms_.nonce));
        if (!terms_.channel.available()) {
            header_ = "n,,";
        } else if (!bound) {
            // We could bind: a server that could too takes this for an attack.
            header_ = "y,,";
        } else {
            const bool exported = !terms_.channel.tls_exporter.empty();
            header_ = exported ? "p=tls-exporter,," : "p=tls-server-end-point,,";
            binding_ = exported ? terms_.channel.tls_exporter : terms_.channel.tls_server_end_point;
        }
        const auto& name = terms_.account->name();
        bare_ =
            "n=" + encode_scram_name(prepare_password(name).value_or(name)) + ",r=" + terms_.nonce;
    }

    std::optional<std::string> first() override { return header_ + bare_; }

    std::optional<std::string> respond(std::string_view challenge) override {
        switch (std::exchange(state_, state_ == state::first ? state::final : state::ended)) {
            case state::first:
                return on_first(challenge);
            case state::final:
                return on_final(challenge);
            case state::ended:
                break;
        }
        return std::nullopt;
    }

    bool proven() const override { return proven_; }
    std::string complaint() const override { return complaint_; }

private:
    enum class state { first, final, ended };

    std::optional<std::string> on_first(std::string_view message) {
        const auto fields = read_scram_fields(message);
        if (!fields || fields->size() < 3 || (*fields)[0].first != 'r' ||
            (*fields)[1].first != 's' || (*fields)[2].first != 'i') {
            return std::nullopt;
        }
        const auto nonce = (*fields)[0].second;
        const auto salt = decode_base64((*fields)[1].second);
        const auto iterations = read_scram_iterations((*fields)[2].second);
        const bool extended = is_scram_nonce(nonce) && nonce.starts_with(terms_.nonce) &&
                              nonce.size() > terms_.nonce.size();
        if (!extended || !salt || salt->size() > scram_salt_size_max || !iterations) {
            return std::nullopt;
        }
        const auto keys = terms_.account->derived(*salt, *iterations);
        const secret client_key(keys.client_key);
        const secret server_key(keys.server_key);
        auto answer = "c=" + encode_base64(header_ + binding_) + ",r=" + std::string(nonce);
        const auto signed_text = bare_ + ',' + std::string(message) + ',' + answer;
        const auto signature = hmac_sha256(sha256(client_key.text()), signed_text);
        signature_ = hmac_sha256(server_key.text(), signed_text);
        return answer + ",p=" + encode_base64(exclusive_or(client_key.text(), signature));
    }

    std::optional<std::string> on_final(std::string_view message) {
        const auto fields = read_scram_fields(message);
        if (!fields) return std::nullopt;
        const auto [letter, value] = fields->front();
        if (letter == 'e') complaint_ = value;
        if (letter != 'v') return std::nullopt;
        const auto signature = decode_base64(value);
        proven_ = signature && equal_secrets(*signature, signature_);
        if (!proven_) return std::nullopt;
        return std::string();
    }

    const client_terms terms_;
    std::string header_;   // of GS2
    std::string binding_;  // bytes
    std::string bare_;     // the first message without its header
    std::string signature_;
    state state_ = state::first;
    bool proven_ = false;
    std::string complaint_;
};

}  // namespace

std::unique_ptr<client_exchange> make_client_scram(client_terms terms, bool bound) {
    return std::make_unique<client_scram>(std::move(terms), bound);
}

}  // namespace kurir::sasl
