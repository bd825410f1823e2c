# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
#
# cmake -DCSS=FILE.css -DOUT=FILE.c -P page.cmake: makes C of the style of `status --format html`,
# and of its SHA-256 in base64, by which the page's policy permits it and nothing else.
file(READ "${CSS}" hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," octets "${hex}")
string(REGEX REPLACE "0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..," "\\0\n" octets "${octets}")

file(SHA256 "${CSS}" rest)
set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
string(APPEND rest "00") # 32 octets and one more are 11 groups of 3
set(base64 "")
while(NOT rest STREQUAL "")
	string(SUBSTRING "${rest}" 0 6 group)
	string(SUBSTRING "${rest}" 6 -1 rest)
	foreach(shift 18 12 6 0)
		math(EXPR index "(0x${group} >> ${shift}) & 63")
		string(SUBSTRING "${alphabet}" ${index} 1 letter)
		string(APPEND base64 "${letter}")
	endforeach()
endwhile()
string(REGEX REPLACE ".$" "=" base64 "${base64}")

file(WRITE "${OUT}" "#include \"cmd/html.h\"\n\nconst char dcv_page_style[] = {\n${octets}\n0x00};\nconst char dcv_page_style_hash[] = \"sha256-${base64}\";\n")
