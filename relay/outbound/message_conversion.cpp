#include "relay/outbound/message_conversion.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/text.hpp"
#include "relay/message/digest_maker.hpp"

namespace kurir::outbound {

namespace asio = boost::asio;

namespace {

using shared_message = std::shared_ptr<const queue::stored_message>;

// Hands all chunks of `source` to `take`.
template <class Taker>
asio::awaitable<net::result<void>> read_all(body_source& source, const Taker& take) {
    for (bool last = false; !last;) {
        const auto chunk = co_await source.next();
        if (!chunk) co_return chunk.error();
        take(chunk->bytes);
        last = chunk->last;
    }
    co_return net::result<void>();
}

// The converted message as signatures need it, and its size.
class measure {
public:
    explicit measure(const mime::conversion_plan& plan) : converter_(plan) {}

    void add(std::string_view chunk) {
        converter_.add(chunk, output_);
        pass_on();
    }

    message::digested finish() {
        converter_.finish(output_);
        pass_on();
        return digest_.finish();
    }

    std::uint64_t size() const noexcept { return size_; }

private:
    void pass_on() {
        const auto header = converter_.header_size();
        if (!header) return;  // it is gathered
        std::string_view body = output_;
        size_ += output_.size();
        if (!std::exchange(header_given_, true)) {
            digest_.take_header(body.substr(0, *header), {});
            body.remove_prefix(*header);
        }
        digest_.take_body(body);
        output_.clear();
    }

    mime::converter converter_;
    message::digest_maker digest_;
    std::string output_;
    std::uint64_t size_ = 0;
    bool header_given_ = false;
};

}  // namespace

std::optional<mime::extent> needed_conversion(
    const queue::stored_message& message, const smtp::peer& offers
) {
    const auto& mail = message.mail;
    if (!mail.needs.eight_bit || (offers.eight_bit && offers.smtputf8)) return std::nullopt;
    if (!offers.eight_bit) return mime::extent::whole;
    const auto header_size = mail.header_size - mail.extras->prefix.size();
    const auto header = std::string_view(message.first_chunk).substr(0, header_size);
    const bool whole = header_size <= message.first_chunk.size();  // else the plan decides
    if (whole && !base::has_high(header)) return std::nullopt;
    return mime::extent::fields;
}

asio::awaitable<base::result<converted_message, verdict>> convert_message(
    const bookkeeping& books, storage::home& home, shared_message message, mime::extent extent
) {
    mime::planner planner(extent);
    body_reader first(books.store, home, message, prefix_use::left_out);
    const auto planned = co_await read_all(first, [&](auto bytes) { planner.add(bytes); });
    if (!planned) co_return not_read(planned.error());
    converted_message made{.plan = planner.finish()};
    made.size = message->mail.size;
    if (!made.plan.trouble.empty()) {
        if (extent == mime::extent::whole) co_return not_convertible(made.plan.trouble);
        made.plan.needed = false;  // most servers take such a header all the same
    }
    if (!made.plan.needed) co_return made;

    measure measured(made.plan);
    body_reader second(books.store, home, message, prefix_use::left_out);
    const auto read = co_await read_all(second, [&](auto bytes) { measured.add(bytes); });
    if (!read) co_return not_read(read.error());
    auto digest = measured.finish();
    if (auto signer = books.signing != nullptr ? books.signing->current() : nullptr) {
        auto fields = co_await books.signing->sign(
            std::move(signer),
            std::move(digest),
            {.reverse_path = message->mail.reverse_path, .queue_id = message->mail.id.text()}
        );
        if (fields.failed) co_return not_signed();
        made.signatures = std::move(fields.text);
    }
    made.size = measured.size() + made.signatures.size();
    co_return made;
}

asio::awaitable<net::result<body_source::chunk>> converted_body::next() {
    if (std::exchange(begun_, true)) made_.clear();
    for (;;) {
        const auto stored = co_await stored_.next();
        if (!stored) co_return stored.error();
        converter_.add(stored->bytes, made_);
        if (stored->last) converter_.finish(made_);
        if (stored->last || !made_.empty()) co_return chunk{.bytes = made_, .last = stored->last};
    }
}

}  // namespace kurir::outbound
