// Writes facts to the log, a line for each.
#pragma once

#include "relay/facts/observer.hpp"

namespace kurir::facts {

class log_observer final : public observer {
public:
    void on_received(const received& fact) override;
    void on_refused(const refused& fact) override;
    void on_session_ended(const session_ended& fact) override;
};

}  // namespace kurir::facts
