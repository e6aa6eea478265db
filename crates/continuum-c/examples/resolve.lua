-- As resolve.c, by LuaJIT's FFI, which OpenResty has: luajit resolve.lua LIBRARY FILE.json < KEYS
local ffi = require("ffi")
ffi.cdef([[
struct continuum;
struct continuum *continuum_from_json(const char *json, char **error);
uint32_t continuum_resolve(const struct continuum *handle, const char *key, size_t len);
const char *continuum_address(const struct continuum *handle, uint32_t index);
void continuum_error_free(char *text);
void continuum_free(struct continuum *handle);
]])
local library, name = arg[1], arg[2]
local c = ffi.load(library)

local file = assert(io.open(name, "rb"))
local problem = ffi.new("char *[1]")
local continuum = c.continuum_from_json(file:read("*a"), problem)
file:close()
if continuum == nil then
    io.stderr:write(ffi.string(problem[0]), "\n")
    c.continuum_error_free(problem[0])
    os.exit(1)
end
continuum = ffi.gc(continuum, c.continuum_free)
-- As a whole: LuaJIT reads a line as C does, and a NUL would end it.
local keys = io.read("*a")
if keys:sub(-1) ~= "\n" and keys ~= "" then
    keys = keys .. "\n"
end
for key in keys:gmatch("([^\n]*)\n") do
    local owner = c.continuum_resolve(continuum, key, #key)
    print(owner == 0xffffffff and "" or ffi.string(c.continuum_address(continuum, owner)))
end
