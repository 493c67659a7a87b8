// SPDX-License-Identifier: Apache-2.0
// switch_aarch64.S: see arch/switch.h. AAPCS64: x19-x28, x29, x30 and the low halves of v8-v15
// are callee-saved.
        .text

        .globl  weft_switch_stack
        .hidden weft_switch_stack
        .type   weft_switch_stack, %function
        .p2align 4
// void weft_switch_stack(void** from /*x0*/, void* to /*x1*/, arrive /*x2*/, void* arg /*x3*/)
weft_switch_stack:
        .cfi_startproc
        hint    #34                     // bti c
        // Save.
        sub     sp, sp, #160
        .cfi_adjust_cfa_offset 160
        stp     x19, x20, [sp, #0]
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x20, 8
        stp     x21, x22, [sp, #16]
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        stp     x23, x24, [sp, #32]
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        stp     x25, x26, [sp, #48]
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        stp     x27, x28, [sp, #64]
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        stp     x29, x30, [sp, #80]
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mov     x9, sp
        str     x9, [x0]
        // Switch. The layout is the same on every stack, so the unwind table stays true.
        mov     sp, x1
        // Restore, before the arrival: what it saves on this stack must not be the other one's.
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldr     x29, [sp, #80]
        // Arrive.
        mov     x0, x3
        blr     x2
        ldr     x30, [sp, #88]
        add     sp, sp, #160
        .cfi_adjust_cfa_offset -160
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        .cfi_restore x29
        .cfi_restore x30
        ret                             // not br: branch protection lets a return land anywhere
        .cfi_endproc
        .size   weft_switch_stack, .-weft_switch_stack

        .globl  weft_stack_entry
        .hidden weft_stack_entry
        .type   weft_stack_entry, %function
        .p2align 4
// make_stack left the function in x19 and its argument in x20; x29 is zero.
weft_stack_entry:
        .cfi_startproc
        .cfi_undefined x30
        hint    #36                     // bti j
        mov     x0, x20
        blr     x19
        brk     #1
        .cfi_endproc
        .size   weft_stack_entry, .-weft_stack_entry

        .section .note.GNU-stack,"",%progbits
