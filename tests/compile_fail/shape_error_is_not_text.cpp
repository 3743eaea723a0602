// expect: could not convert|no viable conversion|cannot convert
// An exception is thrown, never handed back as its text: there is no way from an Error to a string by itself.
#include <fxp/tensor/error.hpp>

std::string message(const fxp::ShapeError& error) {
#ifdef FXP_VALID
    return error.what();
#else
    return error;
#endif
}
