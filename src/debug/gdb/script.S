// SPDX-License-Identifier: Apache-2.0
// script.S: weft.py as a section of the program, which gdb finds and runs by itself.
// The first byte says that the script stands here, in Python; a line with its name, the text, a zero.
        .section .debug_gdb_scripts,"MS",%progbits,1
        .byte 4
        .ascii "gdb.inlined-script.weft\n"
        .incbin "weft.py"
        .byte 0

// Referred to by gdb_layout.cc, so that the linker takes this object out of the archive.
        .section .rodata
        .globl  weft_gdb_script
        .hidden weft_gdb_script
weft_gdb_script:
        .byte 1

        .section .note.GNU-stack,"",%progbits
