// SPDX-License-Identifier: Apache-2.0
// switch_x86_64.S: see arch/switch.h. System V ABI: rbx, rbp, r12-r15 are callee-saved.
        .text

        .globl  weft_switch_stack
        .hidden weft_switch_stack
        .type   weft_switch_stack, @function
        .p2align 4
// void weft_switch_stack(void** from /*rdi*/, void* to /*rsi*/, arrive /*rdx*/, void* arg /*rcx*/)
weft_switch_stack:
        .cfi_startproc
        endbr64
        // Save.
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r15, 0
        movq    %rsp, (%rdi)
        // Switch. The layout is the same on every stack, so the unwind table stays true.
        movq    %rsi, %rsp
        // Restore, before the arrival: what it saves on this stack must not be the other one's.
        movq    0(%rsp), %r15
        movq    8(%rsp), %r14
        movq    16(%rsp), %r13
        movq    24(%rsp), %r12
        movq    32(%rsp), %rbx
        movq    40(%rsp), %rbp
        // Arrive: the call keeps the 16-byte alignment that the ABI wants.
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq    %rcx, %rdi
        call    *%rdx
        addq    $56, %rsp
        .cfi_adjust_cfa_offset -56
        .cfi_restore r15
        .cfi_restore r14
        .cfi_restore r13
        .cfi_restore r12
        .cfi_restore rbx
        .cfi_restore rbp
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        .cfi_register rip, rcx
        notrack jmp *%rcx
        .cfi_endproc
        .size   weft_switch_stack, .-weft_switch_stack

        .globl  weft_stack_entry
        .hidden weft_stack_entry
        .type   weft_stack_entry, @function
        .p2align 4
// make_stack left the function in r13 and its argument in r12; rbp is zero.
weft_stack_entry:
        .cfi_startproc
        .cfi_undefined rip
        endbr64
        movq    %r12, %rdi
        call    *%r13
        ud2
        .cfi_endproc
        .size   weft_stack_entry, .-weft_stack_entry

        .section .note.GNU-stack,"",@progbits
