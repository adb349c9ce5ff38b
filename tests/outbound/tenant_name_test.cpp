// Which tenants an operator's pattern means.
#include "relay/outbound/tenant_name.hpp"

#include "tests/support/catch.hpp"

using kurir::outbound::fits_tenant;

TEST_CASE("a tenant is chosen by its name, or by a part of it", "[outbound][tenant_name]") {
    constexpr auto shop = "user:shop shop.example";
    for (const auto* pattern :
         {"user:shop shop.example",
          "user:shop",
          "shop",
          "SHOP",
          "shop.example",
          "*.example",
          "sh*",
          "user:shop*",
          "*"}) {
        CAPTURE(pattern);
        CHECK(fits_tenant(pattern, shop));
    }
    for (const auto* pattern : {"user", "example", "shop shop.example", "user:", "news", ""}) {
        CAPTURE(pattern);
        CHECK_FALSE(fits_tenant(pattern, shop));
    }
    CHECK(fits_tenant("10.20.0.7", "10.20.0.7 example.com"));
    CHECK(fits_tenant("cert:app.example", "user:cert:app.example example.com"));
    CHECK_FALSE(fits_tenant("10.20.0.*", "10.21.0.7 example.com"));
}
