#include "queue/error.hpp"

#include <string>

namespace kurir::queue {

namespace {

class queue_category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "kurir.queue"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::full:
                return "the disk of the queue is full";
            case errc::busy:
                return "the queue asks to pause";
            case errc::failed:
                return "the queue could not be written";
            case errc::closed:
                return "the queue is closed";
            case errc::not_found:
                return "no such message in the queue";
            case errc::corrupt:
                return "the record of the message is damaged";
            case errc::lost:
                return "the claim is over, or may be";
            case errc::known:
                return "the message was given before";
            case errc::newer:
                return "only a later version understands the record of the message";
        }
        return "unknown error of the queue";
    }
};

}  // namespace

const boost::system::error_category& category() noexcept {
    static const queue_category instance;
    return instance;
}

}  // namespace kurir::queue
