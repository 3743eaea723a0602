// A user's program, the same one for each way of getting the library.
#include <fxp/fxp.hpp>

#include <cstdio>

int main() {
    try {
        throw fxp::ShapeError("a 2 x 3 matrix cannot be multiplied by a 4 x 5 matrix");
    } catch (const fxp::Error& error) {
        std::puts(error.what());
    }
}
