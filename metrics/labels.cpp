#include "metrics/labels.hpp"

namespace kurir::metrics {

reply_class reply_class_of(int code) noexcept {
    switch (code / 100) {
        case 2:
            return reply_class::success;
        case 3:
            return reply_class::intermediate;
        case 4:
            return reply_class::temporary;
        default:
            return reply_class::permanent;
    }
}

enhanced_code enhanced_code_of(int code_class, int subject) noexcept {
    if (subject < 0 || subject > 7) return enhanced_code::none;
    if (code_class == 4) return static_cast<enhanced_code>(1 + subject);
    if (code_class == 5) return static_cast<enhanced_code>(9 + subject);
    return enhanced_code::none;
}

}  // namespace kurir::metrics
