#include "relay/log/failure.hpp"

#include "relay/log/log.hpp"

namespace kurir::log {

void internal_error(std::string_view place, const std::exception_ptr& failure) {
    event line(level::error, "internal");
    line.with("where", place);
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        line.with("error", error.what());
    } catch (...) {
        line.with("error", "unknown");
    }
}

}  // namespace kurir::log
